// Package manifests checks what proxylib envoy-config prints against the types of those who read it: Istio, Envoy Gateway,
// Kubernetes and Envoy. It is a module of its own, because it needs many modules of theirs.
package manifests
