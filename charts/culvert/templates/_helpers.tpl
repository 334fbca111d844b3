{{/*
Names, labels and the lists that several templates need. Each takes the root context, or what it says.
*/}}

{{- define "culvert.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{/* Prefix of all names; 40 characters at most, so that a suffix always fits into 63. */}}
{{- define "culvert.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains (include "culvert.name" .) .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "culvert.name" .) | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* Labels of an object: (list root component). */}}
{{- define "culvert.labels" -}}
{{- $root := index . 0 -}}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "culvert.selectorLabels" . }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/part-of: culvert
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
{{- with $root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Labels that select pods, fixed for the life of a release: (list root component). */}}
{{- define "culvert.selectorLabels" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: {{ include "culvert.name" $root }}
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end -}}

{{/* Reference of an image: (list root image). */}}
{{- define "culvert.image" -}}
{{- $root := index . 0 -}}
{{- $image := index . 1 -}}
{{- $parts := list -}}
{{- with $root.Values.global.imageRegistry }}{{ $parts = append $parts . }}{{ end -}}
{{- with $image.registry }}{{ $parts = append $parts . }}{{ end -}}
{{- $name := join "/" (append $parts $image.repository) -}}
{{- if $image.digest -}}
{{- printf "%s@%s" $name $image.digest -}}
{{- else -}}
{{- printf "%s:%s" $name (default $root.Chart.AppVersion $image.tag) -}}
{{- end -}}
{{- end -}}

{{/* Entries of imagePullSecrets: a list of names. */}}
{{- define "culvert.pullSecrets" -}}
{{- range . }}
- name: {{ . }}
{{- end }}
{{- end -}}

{{- define "culvert.operatorServiceAccount" -}}
{{- if .Values.operator.serviceAccount.create -}}
{{- default (printf "%s-operator" (include "culvert.fullname" .)) .Values.operator.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.operator.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{/* ServiceAccount of the runner's pods: the chart's where it knows the namespaces, else one that is everywhere. */}}
{{- define "culvert.runnerServiceAccount" -}}
{{- if .Values.runner.serviceAccount.name -}}
{{- .Values.runner.serviceAccount.name -}}
{{- else if and (eq .Values.watch.mode "Namespaces") .Values.runner.serviceAccount.create -}}
{{- printf "%s-runner" (include "culvert.fullname" .) -}}
{{- else -}}
default
{{- end -}}
{{- end -}}

{{/* The watched namespaces, as {"namespaces": [...]}; empty with watch.mode Cluster. */}}
{{- define "culvert.watched" -}}
{{- $namespaces := list -}}
{{- if eq .Values.watch.mode "Namespaces" -}}
{{- $namespaces = default (list .Release.Namespace) .Values.watch.namespaces | uniq -}}
{{- end -}}
{{- dict "namespaces" $namespaces | toJson -}}
{{- end -}}

{{/* Where endpoints may be, as {"entries": [...]}: what the values say, and the emulator that the chart runs. */}}
{{- define "culvert.endpointAllow" -}}
{{- $entries := default (list "default") .Values.operator.endpointAllow -}}
{{- if .Values.emulator.enabled -}}
{{- $service := printf "%s-emulator.%s.svc" (include "culvert.fullname" .) .Release.Namespace -}}
{{- $entries = concat $entries (list $service (printf "%s.cluster.local" $service)) | uniq -}}
{{- end -}}
{{- dict "entries" $entries | toJson -}}
{{- end -}}

{{/* Port 8080 serves the operator's metrics, 8081 its health. */}}
{{- define "culvert.metricsPort" -}}8080{{- end -}}
{{- define "culvert.healthPort" -}}8081{{- end -}}

{{/* What the operator may do in a watched namespace. A test compares it with the requests that an audit log saw. */}}
{{- define "culvert.watchedRules" -}}
- apiGroups: [culvert.dev]
  resources: [syncschedules, datasources]
  verbs: [get, list, watch]
# Runs of schedules are created, and deleted with their history; no SyncJob is ever changed but for its status.
- apiGroups: [culvert.dev]
  resources: [syncjobs]
  verbs: [get, list, watch, create, delete]
- apiGroups: [culvert.dev]
  resources: [syncjobs/status, syncschedules/status]
  verbs: [update]
# For ownerReferences with blockOwnerDeletion, where OwnerReferencesPermissionEnforcement is on.
- apiGroups: [culvert.dev]
  resources: [syncjobs/finalizers, syncschedules/finalizers]
  verbs: [update]
- apiGroups: [batch]
  resources: [jobs]
  verbs: [get, list, watch, create, delete]
- apiGroups: [""]
  resources: [pods]
  verbs: [list, watch]
- apiGroups: [""]
  resources: [pods/log]
  verbs: [get]
- apiGroups: [""]
  resources: [configmaps]
  verbs: [get, list, watch, create, update, delete]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
{{- end -}}
