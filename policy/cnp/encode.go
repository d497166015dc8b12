package cnp

import (
	"encoding/json"

	"github.com/proxylib/proxylib/policy/identity"
)

// endpointDocument is an endpoint as it is written.
type endpointDocument struct {
	APIVersion string           `json:"apiVersion"`
	Kind       string           `json:"kind"`
	Metadata   endpointMetadata `json:"metadata"`
	Addresses  []string         `json:"addresses"`
}

type endpointMetadata struct {
	Name      string          `json:"name"`
	Namespace string          `json:"namespace"`
	Labels    identity.Labels `json:"labels,omitempty"`
}

// EncodeEndpoint returns an endpoint as a JSON document that decodes to the same endpoint.
func EncodeEndpoint(e *identity.Endpoint) ([]byte, error) {
	d := endpointDocument{EndpointAPIVersion, KindEndpoint, endpointMetadata{e.Name, e.Namespace, e.Labels}, nil}
	for _, a := range e.Addresses {
		d.Addresses = append(d.Addresses, a.String())
	}
	return json.Marshal(d)
}
