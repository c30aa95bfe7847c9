{{- define "proxy.name" -}}{{ .Release.Name | trunc 40 | trimSuffix "-" }}{{- end }}

{{- define "proxy.labels" -}}
app.kubernetes.io/name: compliance-proxy
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- /* What the replicas alone have: services, budgets and policies are theirs. */}}
{{- define "proxy.serving" -}}
{{ include "proxy.labels" . }}
app.kubernetes.io/component: proxy
{{- end }}

{{- define "proxy.detecting" -}}
{{ include "proxy.labels" . }}
app.kubernetes.io/component: detector
{{- end }}

{{- /* Certificates of one side of the connection between replicas and detectors: the environment, the mount, the volume. */}}
{{- define "proxy.certificates" -}}
- {name: PROXY_DETECTOR_CA, value: /detector-tls/ca.crt}
- {name: PROXY_DETECTOR_CERTIFICATE, value: /detector-tls/tls.crt}
- {name: PROXY_DETECTOR_KEY, value: /detector-tls/tls.key}
{{- end }}

{{- define "proxy.account" -}}
{{- if or .Values.serviceAccount.name (not .Values.serviceAccount.create) }}{{ .Values.serviceAccount.name | default "default" }}{{ else }}{{ include "proxy.name" . }}{{ end }}
{{- end }}

{{- define "proxy.image" -}}
{{- if .digest }}{{ .repository }}@{{ .digest }}{{ else }}{{ .repository }}:{{ .tag }}{{ end }}
{{- end }}

{{- define "proxy.own-image" -}}
image: {{ include "proxy.image" (dict "repository" .Values.image.repository "digest" .Values.image.digest "tag" (default .Chart.AppVersion .Values.image.tag)) }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
{{- end }}

{{- define "proxy.hardened" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{- define "proxy.resources" -}}
{{- if .Values.resources }}{{ toYaml .Values.resources }}{{ else -}}
{{- $memory := add 512 (mul 512 (int .Values.workers)) -}}
requests: {cpu: {{ .Values.workers | quote }}, memory: {{ $memory }}Mi}
limits: {memory: {{ mul 2 $memory }}Mi}
{{- end }}
{{- end }}

{{- /* Of every pod: who it is, and where it comes from. */}}
{{- define "proxy.pod" -}}
serviceAccountName: {{ include "proxy.account" . }}
automountServiceAccountToken: false
enableServiceLinks: false  # Kubernetes' own PROXY_... variables would be taken for settings
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "proxy.environment" -}}
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
{{- if .Values.rules }}
- name: PROXY_OVERLAY_DIR
  value: /catalog/rules
{{- end }}
{{- if .Values.targetFilesSecret }}
- name: PROXY_TARGET_FILES
  value: /target-files
{{- end }}
{{- range $name, $value := .Values.environment }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end }}

{{- define "proxy.mounts" -}}
- {name: state, mountPath: /state}
- {name: temporary, mountPath: /tmp}
- {name: audit-key, mountPath: /audit-key, readOnly: true}
{{- if .Values.audit.anchorClaim }}
- {name: anchor, mountPath: /anchor}
{{- end }}
{{- if or .Values.catalog .Values.rules }}
- {name: catalog, mountPath: /catalog, readOnly: true}
{{- end }}
{{- if .Values.targetFilesSecret }}
- {name: target-files, mountPath: /target-files, readOnly: true}
{{- end }}
{{- with .Values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- /* Called with the name of the ConfigMap of the catalog added to the context. */}}
{{- define "proxy.volumes" -}}
- {name: state, emptyDir: {}}
- {name: temporary, emptyDir: {}}
- name: audit-key
  secret: {secretName: {{ .Values.audit.signingKeySecret }}, defaultMode: 0440}
{{- if .Values.audit.anchorClaim }}
- name: anchor
  persistentVolumeClaim: {claimName: {{ .Values.audit.anchorClaim }}}
{{- end }}
{{- if or .Values.catalog .Values.rules }}
- name: catalog
  configMap:
    name: {{ .catalog | default (include "proxy.name" .) }}
    items:
      {{- range $path, $content := .Values.catalog }}
      - {key: {{ $path }}, path: {{ $path }}}
      {{- end }}
      {{- range $path, $content := .Values.rules }}
      - {key: {{ printf "rules/%s" $path | replace "/" "__" }}, path: {{ printf "rules/%s" $path }}}
      {{- end }}
{{- end }}
{{- if .Values.targetFilesSecret }}
- name: target-files
  secret: {secretName: {{ .Values.targetFilesSecret }}, defaultMode: 0440}
{{- end }}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "proxy.catalog" -}}
data:
  {{- range $path, $content := .Values.catalog }}
  {{ $path }}: |- {{- $content | nindent 4 }}
  {{- end }}
  {{- range $path, $content := .Values.rules }}
  {{ printf "rules/%s" $path | replace "/" "__" }}: |- {{- $content | nindent 4 }}
  {{- end }}
{{- end }}

{{- /* The pod of a job that runs one command: job (its name), args, secret, environment (further variables, as YAML). */}}
{{- define "proxy.job" -}}
metadata:
  labels:
    {{- include "proxy.labels" . | nindent 4 }}
    app.kubernetes.io/component: {{ .job }}
spec:
  restartPolicy: Never
  {{- include "proxy.pod" . | nindent 2 }}
  containers:
    - name: {{ .job }}
      {{- include "proxy.own-image" . | nindent 6 }}
      args: {{ toJson .args }}
      env:
        {{- include "proxy.environment" . | nindent 8 }}
        {{- with .environment }}
        {{- . | nindent 8 }}
        {{- end }}
      envFrom:
        - secretRef: {name: {{ .secret }}}
      {{- with .ports }}
      ports: {{- toYaml . | nindent 8 }}
      {{- end }}
      securityContext: {{- include "proxy.hardened" . | nindent 8 }}
      resources:
        requests: {cpu: 250m, memory: 512Mi}
        limits: {memory: 2Gi}
      volumeMounts: {{- include "proxy.mounts" . | nindent 8 }}
  volumes: {{- include "proxy.volumes" . | nindent 4 }}
{{- end }}
