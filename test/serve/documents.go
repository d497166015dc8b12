package serve

import "strings"

// Endpoint is the address of the endpoint cache of [Endpoints].
const Endpoint = "10.1.0.1"

// Policy returns a policy that allows web to get keys with a prefix from cache, as people write it.
func Policy(prefix string) string {
	return strings.Replace(`
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: cache}
spec:
  endpointSelector: {matchLabels: {app: cache}}
  ingress:
  - fromEndpoints:
    - matchLabels: {app: web}
    toPorts:
    - ports: [{port: "11211", protocol: TCP}]
      rules:
        l7proto: memcache
        l7:
        - command: get
          keyPrefix: PREFIX
`, "PREFIX", prefix, 1)
}

// Endpoints are cache, which listeners stand for by its address, and web, which is the test itself.
const Endpoints = `
---
apiVersion: proxylib/v1
kind: Endpoint
metadata: {name: cache, labels: {app: cache}}
addresses: [` + Endpoint + `]
---
apiVersion: proxylib/v1
kind: Endpoint
metadata: {name: web, labels: {app: web}}
addresses: [127.0.0.1]
`
