-- Health of a DataSource for Argo CD: it has no status, and is what it says. Whether its key works is told by the SyncJobs.
return {status = "Healthy", message = "in use by the SyncJobs that name it"}
