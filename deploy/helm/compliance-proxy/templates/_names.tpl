{{- define "proxy.name" -}}{{ .Release.Name | trunc 50 | trimSuffix "-" }}{{- end }}

{{- define "proxy.labels" -}}
app.kubernetes.io/name: compliance-proxy
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "proxy.image" -}}
{{- if .digest }}{{ .repository }}@{{ .digest }}{{ else }}{{ .repository }}:{{ .tag }}{{ end }}
{{- end }}

{{- define "proxy.own-image" -}}
{{- include "proxy.image" (dict "repository" .Values.image.repository "digest" .Values.image.digest "tag" (default .Chart.AppVersion .Values.image.tag)) }}
{{- end }}

{{- define "proxy.hardened" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{- define "proxy.environment" -}}
- name: PROXY_BUNDLE_PATH
  value: /bundle/bundle.tar.gz
- name: OPA_URL
  value: http://127.0.0.1:8181
- name: PROXY_METRICS_PORT
  value: "9090"
- name: PROXY_WORKERS
  value: {{ .Values.workers | quote }}
- name: PROXY_DRAIN_S
  value: {{ .Values.drainSeconds | quote }}
- name: PROXY_AUDIT_SIGNING_KEY
  value: /audit-key/signing.pem
{{- if .Values.audit.anchorClaim }}
- name: PROXY_AUDIT_ANCHOR
  value: file:/anchor/audit.anchor
{{- end }}
{{- if .Values.catalog }}
- name: PROXY_CONFIG_DIR
  value: /catalog
{{- end }}
{{- range $name, $value := .Values.environment }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end }}
