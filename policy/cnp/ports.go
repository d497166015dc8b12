package cnp

import (
	"regexp"
	"strings"
)

// decodePortRule decodes one entry of toPorts.
func decodePortRule(v value, rule *PortRule, deny bool) error {
	known := fields{
		// the ports; required
		"ports": func(v value) error {
			return v.filled(`write port "0" for every port`, func(item value) error {
				var port Port
				err := decodePort(item, &port)
				rule.Ports = append(rule.Ports, port)
				return err
			})
		},
	}
	if !deny {
		// patterns of the server name of TLS; without them any name is meant. Not where an entry denies
		known["serverNames"] = func(v value) error {
			return v.filled("leave it out for any name", func(item value) error {
				name, err := item.text()
				rule.ServerNames = append(rule.ServerNames, name)
				return err
			})
		}
		// which requests are meant; without them any. Not where an entry denies
		known["rules"] = rule.decodeL7
	}
	if err := v.object(known); err != nil {
		return err
	}
	if !v.has("ports") {
		return v.errorf(`ports is missing; write port "0" for every port`)
	}
	if rule.Parser == "" && len(rule.HTTP) == 0 && len(rule.ServerNames) == 0 {
		return nil
	}
	for i := range rule.Ports {
		// Requests and names are seen in TCP alone; a port of any protocol means its TCP half.
		if rule.Ports[i].UDP = false; !rule.Ports[i].TCP {
			return v.errorf("rules and serverNames are for TCP, not for UDP")
		}
	}
	return nil
}

func decodePort(v value, p *Port) error {
	first, last := -1, 0
	p.TCP, p.UDP = true, true
	err := v.object(fields{
		// the number of a port, or the first of a range, as a number or a text; 0 is every port; required
		"port": func(v value) error {
			if err := v.number(&first, 0, 65535); err != nil {
				return v.errorf("%v; names of ports are not known here", reason(err))
			}
			return nil
		},
		// the last port of a range
		"endPort": func(v value) error { return v.number(&last, 0, 65535) },
		// TCP, UDP or ANY, which is the default
		"protocol": func(v value) error {
			name, err := v.text()
			if err != nil {
				return err
			}
			switch strings.ToUpper(name) {
			case "", "ANY":
			case "TCP":
				p.UDP = false
			case "UDP":
				p.TCP = false
			default:
				return v.errorf("protocol %q is not served, want TCP, UDP or ANY", name)
			}
			return nil
		},
	})
	switch {
	case err != nil:
		return err
	case first < 0:
		return v.errorf("port is missing")
	case last != 0 && first == 0:
		return v.errorf("port 0 stands for every port and has no endPort")
	case last != 0 && last < first:
		return v.errorf("endPort %d is below port %d", last, first)
	}
	p.First, p.Last = uint16(first), uint16(max(first, last))
	return nil
}

// reason is an error of this package without its place.
func reason(err error) string {
	if e, ok := err.(*Error); ok {
		return e.Reason
	}
	return err.Error()
}

var parserName = regexp.MustCompile(`^[a-zA-Z0-9]([-a-zA-Z0-9_.]*[a-zA-Z0-9])?$`)

// decodeL7 decodes rules: the parser's own with l7proto and l7, the older form for Kafka, or those for HTTP.
func (r *PortRule) decodeL7(v value) error {
	err := v.object(fields{
		// the name of the parser
		"l7proto": func(v value) error {
			if err := into(&r.Parser)(v); err != nil {
				return err
			}
			if !parserName.MatchString(r.Parser) || strings.HasPrefix(r.Parser, "envoy.") {
				return v.errorf("%q is not the name of a parser", r.Parser)
			}
			return nil
		},
		// rules with keys of the parser, as alternatives; {} is any request, and so is a list that is left out
		"l7": func(v value) error {
			return v.filled("leave it out for any request", r.decodeL7Rule)
		},
		// rules of the older form for Kafka, as alternatives
		"kafka": func(v value) error {
			return v.filled("write {} for any request", func(item value) error {
				rule, err := decodeKafkaRule(item)
				r.Kafka = append(r.Kafka, rule)
				return err
			})
		},
		// rules for requests of HTTP, as alternatives
		"http": func(v value) error {
			return v.filled("write {} for any request", func(item value) error {
				rule, err := decodeHTTPRule(item)
				r.HTTP = append(r.HTTP, rule)
				return err
			})
		},
	})
	switch {
	case err != nil:
		return err
	case v.has("http") && (v.has("kafka") || v.has("l7") || v.has("l7proto")):
		return v.errorf("http excludes kafka, l7proto and l7")
	case v.has("http"):
		return nil
	case v.has("kafka") && (v.has("l7") || v.has("l7proto")):
		return v.errorf("kafka excludes l7proto and l7")
	case v.has("kafka"):
		r.Parser = "kafka"
	case v.has("l7") && !v.has("l7proto"):
		return v.errorf("l7proto is missing, l7 needs the name of a parser")
	case r.Parser == "":
		return v.errorf("is empty: leave it out for any request, or write l7proto")
	}
	return nil
}

// decodeL7Rule decodes the keys of one L7 rule. One key alone and without a value, as in "- command:", is how people
// write that any request is meant. Beside others it has the empty value, which parsers refuse.
func (r *PortRule) decodeL7Rule(v value) error {
	keys, bare := map[string]string{}, ""
	err := v.each(func(key string, item value) error {
		if item.node.Tag == "!!null" {
			bare, keys[key] = key, ""
			return nil
		}
		text, err := item.text()
		keys[key] = text
		return err
	})
	if bare != "" && len(keys) == 1 {
		clear(keys)
		r.Bare = append(r.Bare, bare)
		v.warnf("%s has no value, which allows any request; write {} to say so", bare)
	}
	r.L7 = append(r.L7, keys)
	return err
}
