{{- /* Applies the values to an object, in place; notes in `used` which of them had an object. Prints nothing. */ -}}
{{- define "portcullis.adapt" }}
{{- $service := get (default dict .object.metadata.labels) "app.kubernetes.io/component" }}
{{- if eq .object.kind "HorizontalPodAutoscaler" }}
{{- with get .values.replicas $service }}
{{- $_ := set $.used (printf "replicas.%s" $service) true }}
{{- $_ := set $.object.spec "minReplicas" .min }}
{{- $_ := set $.object.spec "maxReplicas" .max }}
{{- end }}
{{- else if has .object.kind (list "Deployment" "StatefulSet") }}
{{- include "portcullis.adapt.pod" (dict "pod" .object.spec.template.spec "service" $service "values" .values "used" .used) }}
{{- else if and (eq .object.kind "ConfigMap") (hasPrefix "portcullis-config-" .object.metadata.name) .values.config }}
{{- $_ := set .object.metadata "name" (include "portcullis.config" .values) }}
{{- $_ := set .object "data" (dict "policy-config.yaml" .values.config) }}
{{- end }}
{{- end }}

{{- define "portcullis.adapt.pod" }}
{{- $container := index .pod.containers 0 }}
{{- if hasPrefix "portcullis:" $container.image }}
{{- $name := default "portcullis" .values.image.name }}
{{- $tag := default (trimPrefix "portcullis:" $container.image) .values.image.tag }}
{{- $_ := set $container "image" (printf "%s:%s" $name $tag) }}
{{- with get .values.resources .service }}
{{- $_ := set $.used (printf "resources.%s" $.service) true }}
{{- $_ := mergeOverwrite $container.resources . }}
{{- end }}
{{- end }}
{{- if .values.config }}
{{- range .pod.volumes }}
{{- if and .configMap (hasPrefix "portcullis-config-" (default "" (get (default dict .configMap) "name"))) }}
{{- $_ := set .configMap "name" (include "portcullis.config" $.values) }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- /* A changed configuration has a ConfigMap of a new name, so that the pods are rolled. */ -}}
{{- define "portcullis.config" -}}
portcullis-config-{{ sha256sum .config | trunc 10 }}
{{- end }}
