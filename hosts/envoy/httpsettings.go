package envoy

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/proxylib/proxylib/hosts/internal/filterconfig"
	"github.com/proxylib/proxylib/npds"
	"github.com/proxylib/proxylib/policy"
)

// httpSettings is the filter_config of the HTTP filter: a JSON object. Unknown fields are refused. Those of the network filter
// mean the same here; those about parsers and about bytes of connections are not for this one.
type httpSettings struct {
	filterconfig.Settings
	// ClientAddress says whose address decides the identity of a client: "direct", that of the peer of the connection, or
	// "envoy", what Envoy takes for the client's by its settings for x-forwarded-for.
	ClientAddress string `json:"client_address" default:"direct"`
	// Secrets are where the values of secrets are found, by their names in policies.
	Secrets map[string]secretSource `json:"secrets"`
	// DeniedBody is the body of a denial.
	DeniedBody string `json:"denied_body" default:"Access denied"`
	// Paths says how the path and the host of a request are read: "every_reading" denies a request unless all that servers may
	// take its path for is allowed, and if a rule denies what they may take its host for; see [httprule.Readings] and
	// [httprule.Hosts]. "as_sent" decides by what the proxy sees.
	Paths string `json:"paths" default:"every_reading"`
	// LogHeaders are the names of headers that the access log shows.
	LogHeaders []string `json:"log_headers" default:"x-request-id"`
	// Metadata says of which requests Envoy's dynamic metadata have the verdict: "denials" are those that the policy denies,
	// also if audit mode lets them pass, "requests" are all.
	Metadata string `json:"metadata" default:"denials"`
}

// secretSource says where the value of a secret is.
type secretSource struct {
	// File is the path of a file with it, which is read again when it changes.
	File string `json:"file" default:"required, or sds"`
	// SDS is the name of a secret of Envoy's, from Envoy 1.40 on.
	SDS string `json:"sds"`
	// SDSConfig is the ConfigSource of that secret; without one it is static in Envoy's own configuration.
	SDSConfig json.RawMessage `json:"sds_config"`
}

const (
	everyReading = "every_reading"
	pathAsSent   = "as_sent"

	metadataOfDenials = "denials"
	metadataOfAll     = "requests"

	directAddress = "direct"
	envoyAddress  = "envoy"

	// requestID is the header by which readers join what is logged of a request.
	requestID = "x-request-id"
	// accessDenied is the body of a denial in Cilium.
	accessDenied = "Access denied"
)

// parseHTTP decodes and checks a filter_config. An error says which field is wrong and how to fix it.
func parseHTTP(data []byte) (*httpSettings, error) {
	s := &httpSettings{
		Settings: *filterconfig.New(), ClientAddress: directAddress, Paths: everyReading, DeniedBody: accessDenied, LogHeaders: []string{requestID},
		Metadata: metadataOfDenials,
	}
	if len(strings.TrimSpace(string(data))) == 0 {
		return nil, errors.New(`is empty: give a JSON object with at least "policy"`)
	}
	if err := filterconfig.Decode(data, s); err != nil {
		return nil, err
	}
	if s.Parser != (filterconfig.Parser{}) || s.ParserConfig != nil || s.ReadOnly || s.Limits != (filterconfig.Limits{LogQueueBytes: s.Limits.LogQueueBytes}) {
		return nil, errors.New("parser, parser_config, readonly and limits but for log_queue_bytes are for the network filter: leave them out")
	}
	s.Parser.Name = "http"
	if err := s.CheckShared(); err != nil {
		return nil, err
	}
	s.Parser.Name = policy.HTTP
	return s, s.checkOwn()
}

func (s *httpSettings) checkOwn() error {
	if s.ClientAddress != directAddress && s.ClientAddress != envoyAddress {
		return fmt.Errorf("client_address: %q is unknown: give %q or %q", s.ClientAddress, directAddress, envoyAddress)
	}
	if s.Paths != everyReading && s.Paths != pathAsSent {
		return fmt.Errorf("paths: %q is unknown: give %q or %q", s.Paths, everyReading, pathAsSent)
	}
	if s.Metadata != metadataOfDenials && s.Metadata != metadataOfAll {
		return fmt.Errorf("metadata: %q is unknown: give %q or %q", s.Metadata, metadataOfDenials, metadataOfAll)
	}
	for name, secret := range s.Secrets {
		if (secret.File == "") == (secret.SDS == "") {
			return fmt.Errorf(`secrets: %s: a secret is found either in a "file" or by "sds": give one of them`, name)
		}
		if secret.SDS == "" && secret.SDSConfig != nil {
			return fmt.Errorf("secrets: %s: sds_config: is for sds: leave it out, or give the name of the secret", name)
		}
	}
	for i, name := range s.LogHeaders {
		s.LogHeaders[i] = strings.ToLower(name)
	}
	if !strings.HasSuffix(s.DeniedBody, "\r\n") {
		s.DeniedBody += "\r\n"
	}
	if !s.Policy.Given() {
		return nil
	}
	if _, err := npds.CompileHTTP(s.Policy.Inline, policy.Registered()); err != nil {
		return fmt.Errorf("policy: %w", err)
	}
	return nil
}
