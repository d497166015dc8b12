//go:build !wasip1

package npds

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"

	"github.com/proxylib/proxylib/api/cilium"
)

// A resource in a document says less than one from a policy server would need to: a file that is cut short, or a
// template that came out empty, must not allow more than the whole. So what allows everything is written out, as
// "allow: all" or as the item {} of a list, and what is empty or has no value is refused.

// allowKey, with the value allowAll, says that a port or a rule allows everything. It replaces what would say which part.
const (
	allowKey = "allow"
	allowAll = "all"
)

// object is a message in protobuf's JSON form, in which each field may have either of two names.
type object map[string]any

// field returns the value of a field by its name in snake_case, whichever of the names it was written by.
func (o object) field(name string) (value any, there bool) {
	if value, there = o[name]; !there {
		value, there = o[camelCase(name)]
	}
	return value, there
}

// items returns the items of a field that is a list.
func (o object) items(name string) []any {
	value, _ := o.field(name)
	list, _ := value.([]any)
	return list
}

func camelCase(name string) string {
	words := strings.Split(name, "_")
	for i, word := range words[1:] {
		if word != "" {
			words[i+1] = strings.ToUpper(word[:1]) + word[1:]
		}
	}
	return strings.Join(words, "")
}

// empty reports whether a value says nothing.
func empty(value any) bool {
	switch v := value.(type) {
	case nil:
		return true
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}

// directions are the fields of a resource that hold ports, and how they are called in errors.
var directions = []struct{ field, name string }{
	{"ingress_per_port_policies", "ingress"}, {"egress_per_port_policies", "egress"},
}

// explicit checks that a policy, decoded from a document, writes out what it allows, and removes what only says so. What
// is of a wrong type is left to the decoder of messages.
func explicit(policy map[string]any) error {
	for _, direction := range directions {
		for _, item := range object(policy).items(direction.field) {
			port, _ := item.(map[string]any)
			if port == nil {
				continue
			}
			if err := explicitPort(port); err != nil {
				return fmt.Errorf("%s port %v: %w", direction.name, portName(port), err)
			}
		}
	}
	return filled("", policy)
}

func portName(port object) any {
	if number, there := port.field("port"); there && number != nil {
		return number
	}
	return "without number"
}

func explicitPort(port object) error {
	if number, there := port.field("port"); !there || number == nil {
		return errors.New("port: is missing: write port: 0 for every port")
	}
	all, err := port.takeAllow()
	if err != nil {
		return err
	}
	rules, there := port.field("rules")
	switch {
	case all && there:
		return errors.New("rules: stand beside allow: all, which is for ports without rules: remove one of them")
	case !all && empty(rules):
		return errors.New("rules: are missing: write allow: all to allow everything on the port, " +
			"or remove the port to deny it")
	}
	for i, item := range port.items("rules") {
		rule, _ := item.(map[string]any)
		if len(rule) == 0 {
			continue
		}
		if err := explicitRule(rule); err != nil {
			name, _ := rule["name"].(string)
			return fmt.Errorf("rule %d %q: %w", i, name, err)
		}
	}
	return nil
}

// takeAllow reports whether the object has allow: all, and removes it.
func (o object) takeAllow() (all bool, err error) {
	value, there := o[allowKey]
	if !there {
		return false, nil
	}
	delete(o, allowKey)
	if value != allowAll {
		return false, fmt.Errorf("allow: want allow: all, got %v", value)
	}
	return true, nil
}

// explicitRule checks a rule that is not {}.
func explicitRule(rule object) error {
	for name, nobody := range map[string]string{
		"remote_policies": "leave it out for everybody", "server_names": "leave it out for any name",
	} {
		if list, there := rule.field(name); there && empty(list) {
			return fmt.Errorf("%s: is empty: %s, or remove the rule", name, nobody)
		}
	}
	all, err := rule.takeAllow()
	if err != nil {
		return err
	}
	l7, err := explicitL7(rule)
	if err != nil {
		return err
	}
	_, passes := rule.field("pass_precedence")
	denies := rule["deny"] == true
	switch {
	case all && l7 != "":
		return fmt.Errorf("%s: stands beside allow: all, which is for any request: remove one of them", l7)
	case all && (passes || denies):
		return errors.New("allow: all stands beside deny or pass_precedence: remove one of them")
	case !all && l7 == "" && !passes && !denies:
		return errors.New("does not say which requests it allows: write allow: all for any, or l7_rules")
	}
	return nil
}

// l7Lists are the lists that say which requests a rule is about, by the fields that hold them, and whether a list must be
// there.
var l7Lists = map[string]map[string]bool{
	"l7_rules":    {"l7_allow_rules": true, "l7_deny_rules": false},
	"kafka_rules": {"kafka_rules": true},
	"http_rules":  {"http_rules": true},
}

// explicitL7 checks the L7 part of a rule and returns its name; empty if there is none.
func explicitL7(rule object) (name string, err error) {
	for _, name := range slices.Sorted(maps.Keys(l7Lists)) {
		value, there := rule.field(name)
		if !there {
			continue
		}
		part, isObject := value.(map[string]any)
		if !isObject && value != nil {
			return name, nil
		}
		for _, list := range slices.Sorted(maps.Keys(l7Lists[name])) {
			if err := explicitList(part, list, l7Lists[name][list]); err != nil {
				return name, fmt.Errorf("%s: %w", name, err)
			}
		}
		return name, nil
	}
	return "", nil
}

func explicitList(part object, list string, needed bool) error {
	value, there := part.field(list)
	switch {
	case there && empty(value):
		return fmt.Errorf("%s: is empty: write the item {} for any request", list)
	case !there && needed:
		return fmt.Errorf("%s: is missing: write the item {} in it for any request", list)
	}
	for i, item := range part.items(list) {
		if entry, _ := item.(map[string]any); len(entry) > 0 && matchesAny(entry) {
			return fmt.Errorf("%s: entry %d: does not restrict requests: write {} for any, or what it matches", list, i)
		}
	}
	return nil
}

// entryParts are the fields of entries that restrict requests.
var entryParts = []string{"rule", "metadata_rule", "metadataRule", "headers", "header_matches", "headerMatches"}

// matchesAny reports whether an entry has fields, but none that restricts requests.
func matchesAny(entry object) bool {
	for name, value := range entry {
		isPart := slices.Contains(entryParts, name)
		if name != "name" && !isPart || isPart && !empty(value) {
			return false
		}
	}
	return true
}

// filled refuses fields without a value, which is what the end of a file that is cut short often looks like.
func filled(path string, value any) error {
	switch v := value.(type) {
	case nil:
		return fmt.Errorf("%s: has no value", strings.TrimPrefix(path, "."))
	case []any:
		for i, item := range v {
			if err := filled(fmt.Sprintf("%s[%d]", path, i), item); err != nil {
				return err
			}
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if err := filled(path+"."+name, v[name]); err != nil {
				return err
			}
		}
	}
	return nil
}

// EncodePolicy encodes a resource for a document, in which what allows everything is written out.
func EncodePolicy(resource *cilium.NetworkPolicy) (json.RawMessage, error) {
	text, err := protojson.Marshal(resource)
	if err != nil {
		return nil, err
	}
	var policy object
	if err := json.Unmarshal(text, &policy); err != nil {
		return nil, err
	}
	for _, direction := range directions {
		for _, item := range policy.items(direction.field) {
			spellOutPort(item.(map[string]any))
		}
	}
	return json.Marshal(policy)
}

func spellOutPort(port object) {
	if _, there := port["port"]; !there {
		port["port"] = 0
	}
	rules := port.items("rules")
	if len(rules) == 0 {
		port[allowKey] = allowAll
	}
	for _, item := range rules {
		spellOutRule(item.(map[string]any))
	}
}

func spellOutRule(rule object) {
	for name, lists := range l7Lists {
		value, there := rule.field(name)
		if !there {
			continue
		}
		part := value.(map[string]any)
		for list, needed := range lists {
			if needed && len(object(part).items(list)) == 0 {
				part[camelCase(list)] = []any{map[string]any{}}
			}
			for i, item := range object(part).items(list) {
				if entry := item.(map[string]any); matchesAny(entry) {
					object(part).items(list)[i] = map[string]any{}
				}
			}
		}
		return
	}
	_, passes := rule.field("pass_precedence")
	if len(rule) > 0 && !passes && rule["deny"] != true {
		rule[allowKey] = allowAll
	}
}
