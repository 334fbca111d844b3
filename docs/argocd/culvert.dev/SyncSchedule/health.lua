-- Health of a SyncSchedule for Argo CD. A run that fails is the SyncJob's health, not the schedule's.
local health = {status = "Progressing", message = "waiting for the operator"}
local status = obj.status
if status == nil or status.observedGeneration ~= obj.metadata.generation then
  return health
end
local conditions = {}
for _, condition in ipairs(status.conditions or {}) do
  conditions[condition.type] = condition
end
local ready, reconciling = conditions.Ready, conditions.Reconciling
if ready == nil then
  return health
end
health.message = ready.reason
if ready.message ~= nil and ready.message ~= "" then
  health.message = ready.reason .. ": " .. ready.message
end
if ready.status == "True" then
  health.status = ready.reason == "Suspended" and "Suspended" or "Healthy"
elseif ready.status == "False" then
  -- A run that is due and cannot be made is tried again, but somebody has to help.
  health.status = "Degraded"
end
return health
