-- Health of a SyncJob for Argo CD. The status follows kstatus: Reconciling and Stalled are there only while they hold.
local health = {status = "Progressing", message = "waiting for the operator"}
local status = obj.status
if status == nil or status.observedGeneration ~= obj.metadata.generation then
  return health
end
local conditions = {}
for _, condition in ipairs(status.conditions or {}) do
  conditions[condition.type] = condition
end
local succeeded, suspended = conditions.Succeeded, conditions.Suspended
if succeeded == nil then
  return health
end
health.message = succeeded.reason
if succeeded.message ~= nil and succeeded.message ~= "" then
  health.message = succeeded.reason .. ": " .. succeeded.message
end
if succeeded.status == "True" then
  health.status = "Healthy"
elseif succeeded.status == "False" then
  health.status = "Degraded"
elseif suspended ~= nil and suspended.status == "True" then
  -- Held by its user, or by the operator until somebody renews a key.
  health.status = suspended.reason == "SuspendedByUser" and "Suspended" or "Degraded"
  health.message = suspended.reason .. ": " .. suspended.message
end
return health
