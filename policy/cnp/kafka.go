package cnp

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
)

// kafkaAPIs are the names of the kinds of requests, each at its number.
var kafkaAPIs = []string{
	"produce", "fetch", "offsets", "metadata", "leaderandisr", "stopreplica", "updatemetadata", "controlledshutdown",
	"offsetcommit", "offsetfetch", "findcoordinator", "joingroup", "heartbeat", "leavegroup", "syncgroup",
	"describegroups", "listgroups", "saslhandshake", "apiversions", "createtopics", "deletetopics", "deleterecords",
	"initproducerid", "offsetforleaderepoch", "addpartitionstotxn", "addoffsetstotxn", "endtxn", "writetxnmarkers",
	"txnoffsetcommit", "describeacls", "createacls", "deleteacls", "describeconfigs", "alterconfigs",
}

// kafkaRoles are the kinds of requests that a client needs for what it does.
var kafkaRoles = map[string][]string{
	"produce": {"produce", "metadata", "apiversions"},
	"consume": {
		"fetch", "offsets", "metadata", "offsetcommit", "offsetfetch", "findcoordinator", "joingroup", "heartbeat",
		"leavegroup", "syncgroup", "apiversions",
	},
}

// KafkaAPI returns the name of a kind of requests, by its number.
func KafkaAPI(number int32) (name string, known bool) {
	if number < 0 || int(number) >= len(kafkaAPIs) {
		return "", false
	}
	return kafkaAPIs[number], true
}

var kafkaName = regexp.MustCompile(`^[a-zA-Z0-9._-]*$`)

func decodeKafkaRule(v value) (KafkaRule, error) {
	rule := KafkaRule{APIVersion: -1}
	err := v.object(fields{
		// produce or consume: all requests that a client needs for it
		"role": func(v value) error {
			name, err := v.text()
			if err != nil {
				return err
			}
			apis := kafkaRoles[strings.ToLower(name)]
			if apis == nil {
				return v.errorf("role %q is unknown, want produce or consume", name)
			}
			for _, api := range apis {
				rule.APIKeys = append(rule.APIKeys, int32(slices.Index(kafkaAPIs, api)))
			}
			return nil
		},
		// the name of a kind of requests, instead of a role
		"apiKey": func(v value) error {
			name, err := v.text()
			if err != nil {
				return err
			}
			number := slices.Index(kafkaAPIs, strings.ToLower(name))
			if number < 0 {
				return v.errorf("apiKey %q is unknown, want a name such as produce or fetch", name)
			}
			rule.APIKeys = append(rule.APIKeys, int32(number))
			return nil
		},
		// the version of the request; without it any
		"apiVersion": func(v value) error {
			version := 0
			if err := v.number(&version, 0, math.MaxInt16); err != nil {
				return err
			}
			rule.APIVersion = int32(version)
			return nil
		},
		// the name of the client; without it any
		"clientID": kafkaText(&rule.ClientID),
		// the topic; without it any
		"topic": kafkaText(&rule.Topic),
	})
	if err == nil && v.has("role") && v.has("apiKey") {
		err = v.errorf("role and apiKey exclude each other, a role is a list of keys")
	}
	return rule, err
}

// kafkaText decodes a name. An empty one would allow any, and is more likely a mistake.
func kafkaText(target *string) func(value) error {
	return func(v value) error {
		if err := into(target)(v); err != nil {
			return err
		}
		switch {
		case *target == "":
			return v.errorf("is empty, leave it out to allow any")
		case len(*target) > 255 || !kafkaName.MatchString(*target):
			return v.wrap(fmt.Errorf("%q is not a name: want up to 255 letters, digits, '.', '_' and '-'", *target))
		}
		return nil
	}
}
