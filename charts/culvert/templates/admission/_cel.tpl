{{/*
Parts of the admission policies' CEL. A list has a name in the values, an annotation of the namespace that stands for it, and an
expression for what an object names. A pattern with other characters than those of names allows nothing.
*/}}

{{/* What may be named, and what is named against it: (dict root name annotation wanted). */}}
{{- define "culvert.admission.variables" -}}
{{- $allowed := index .root.Values.admissionPolicy .name -}}
- name: {{ .name }}
  expression: >-
    '{{ .annotation }}' in variables.annotations
    ? variables.annotations['{{ .annotation }}'].split(',').map(p, p.trim()).filter(p, p != '')
    : [{{ if $allowed }}'{{ join "', '" $allowed }}'{{ end }}]
- name: {{ .name }}Refused
  expression: >-
    {{ .wanted }}.filter(w, !variables.{{ .name }}.exists(p,
    {{- if eq .name "endpoints" }}
    p.matches(r'^(https?://)?[a-z0-9.*:\[\]-]+$') &&
    w.lowerAscii().matches('^' + (p.contains('://') ? p : 'https://' + p)
    .replace('[', r'\[').replace('.', r'\.').replace('*', '[a-z0-9.-]*') + r'(:[0-9]+)?(/.*)?$')))
    {{- else }}
    p.matches(r'^[A-Za-z0-9_.*/-]+$') &&
    w.matches('^' + p.replace('.', r'\.').replace('*', '[A-Za-z0-9_./-]*') + '$')))
    {{- end }}
{{- end -}}

{{/* The validation, with a message that says what is allowed and by what: (dict name annotation field what). */}}
{{- define "culvert.admission.validation" -}}
- expression: variables.{{ .name }}Refused.size() == 0
  message: {{ printf "%s: this %s is not allowed here; annotation %s of the namespace says what is, else admissionPolicy.%s of the chart" .field .what .annotation .name | quote }}
  messageExpression: >-
    '{{ .field }}: {{ .what }} ' + variables.{{ .name }}Refused.map(w, "'" + w + "'").join(', ') + ' is not allowed in namespace ' +
    request.namespace + ', allowed: ' + (variables.{{ .name }}.size() == 0 ? 'none' : variables.{{ .name }}.join(', ')) +
    '; annotation {{ .annotation }} of the namespace says so, else admissionPolicy.{{ .name }} of the chart'
{{- end -}}
