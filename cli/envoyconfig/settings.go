package envoyconfig

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Settings are what a configuration is made of.
type Settings struct {
	// Parser is the name of the parser.
	Parser string
	// Listen is where clients connect to, Upstream where the server is.
	Listen, Upstream Address
	// AdminPort is the port of Envoy's admin interface on 127.0.0.1; 0 takes any.
	AdminPort uint16
	// Policy is the value of policy in the filter_config.
	Policy *yaml.Node
	// PolicyName and Port say which policy of a file applies; empty and 0 for a policy that is for everybody.
	PolicyName string
	Port       uint16
	// AccessLog is the file of the filter's access log, or "stdout".
	AccessLog string
	// Workload is the value of the label app of the pods that the configuration is for, and their Deployment; Gateway the
	// Gateway. Namespace is theirs.
	Workload, Gateway, Namespace string
	// LibraryImage is an image that holds the library, EnvoyImage one of Envoy.
	LibraryImage, EnvoyImage string
}

// Address is a host, which may be a name, and a port.
type Address struct {
	Host string
	Port uint16
}

// ParseAddress reads host:port, or [host]:port for IPv6. With anyPort the port may be 0.
func ParseAddress(text string, anyPort bool) (a Address, err error) {
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		return a, fmt.Errorf("%.128q: want HOST:PORT", text)
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 && !anyPort {
		return a, fmt.Errorf("%.128q: want a port from 1 to 65535", text)
	}
	if host == "" || strings.Trim(strings.ToLower(host), "abcdefghijklmnopqrstuvwxyz0123456789.-:") != "" {
		return a, fmt.Errorf("%.128q: want an IP address or the name of a host before the port", text)
	}
	return Address{host, uint16(n)}, nil
}

func (a Address) String() string { return net.JoinHostPort(a.Host, strconv.Itoa(int(a.Port))) }

// IsIP reports whether the host is an IP address.
func (a Address) IsIP() bool {
	_, err := netip.ParseAddr(a.Host)
	return err == nil
}

// Inline reports whether the policy is in the configuration itself.
func (s *Settings) Inline() bool { return s.PolicyName == "" }

// filterConfig is a filter_config, in the order in which people write it.
type filterConfig struct {
	Parser     string            `yaml:"parser"`
	PolicyName string            `yaml:"policy_name,omitempty"`
	Port       uint16            `yaml:"port,omitempty"`
	Policy     *yaml.Node        `yaml:"policy"`
	AccessLog  map[string]string `yaml:"access_log"`
}

// FilterConfig returns the filter_config in YAML.
func (s *Settings) FilterConfig() (string, error) {
	if s.Policy == nil {
		return "", errors.New("there is no policy")
	}
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	err := encoder.Encode(filterConfig{
		s.Parser, s.PolicyName, s.Port, s.Policy, map[string]string{"file": s.AccessLog},
	})
	return strings.TrimSpace(out.String()), err
}

// PolicyFile returns the value of policy for a file.
func PolicyFile(path string) *yaml.Node {
	return mapping("file", &yaml.Node{Kind: yaml.ScalarNode, Value: path})
}

// AllowAll returns the value of policy that allows everything.
func AllowAll() *yaml.Node {
	return mapping("allow", &yaml.Node{Kind: yaml.ScalarNode, Value: "all"})
}

func mapping(key string, value *yaml.Node) *yaml.Node {
	return &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{{Kind: yaml.ScalarNode, Value: key}, value}}
}
