package cli

import (
	"slices"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/proxylib"
)

const fieldsPolicy = `apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: cache}
spec:
  endpointSelector: {matchLabels: {app: cache}}
  ingress:
  - fromEndpoints: [{matchLabels: {app: web}}]
    toPorts:
    - ports: [{port: "11211"}]
      rules:
        l7proto: memcache
        l7:
        - {command: get, keyPrefix: public/}
        - {command: set, keyPrefix: public/, maxValueBytes: "100"}
        - {command: version}
        - {command: get, keyPrefix: a}
        - {command: get, keyPrefix: b}
        - {command: get, keyPrefix: c}
  - fromEndpoints: [{matchLabels: {app: web}}]
    toPorts:
    - ports: [{port: "9042"}]
      rules: {l7proto: cassandra, l7: [{query_action: readonly, keyspace: shop}]}
    - ports: [{port: "9043"}]
      serverNames: [db.example]
      rules: {l7proto: cassandra, l7: [{query_action: select, table: orders}]}
    - ports: [{port: "9044"}]
      rules: {l7proto: cassandra, l7: [{access: write, keyspace: shop}]}
    - ports: [{port: "4000"}]
      rules: {l7proto: test.headerparser}
`

func TestExplainTakesARequestByItsFields(t *testing.T) {
	files := "--file=" + file(t, "all.yaml", fieldsPolicy+cacheEndpoints)
	rule := "default/cache spec.ingress[0].toPorts[0]"
	allows := rule + " allows {command=get, keyPrefix=public/} or "
	for _, c := range []struct {
		name string
		code int
		want []string
		args string
	}{
		{"that fit", 0, []string{"allowed", rule}, "--port 11211 --l7 command=get,key=public/x"},
		{"by the name of a rule key", 0, []string{"allowed", rule}, "--port 11211 --l7 command=get,keyExact=public/x"},
		{"that do not fit", 4, []string{"denied", allows}, "--port 11211 --l7 command=get,key=secret"},
		{"several of one name, all of which fit", 0, []string{"allowed"}, "--port 11211 --l7 key=public/1,key=public/2,command=get"},
		{"several of one name, of which one does not fit", 4, []string{"denied"},
			"--port 11211 --l7 key=public/1 --l7 key=secret --l7 command=get"},
		{"a value with a comma", 0, []string{"allowed"}, `--port 11211 --l7 command=get,"key=public/a,b"`},
		{"a number within the limit", 0, []string{"allowed"}, "--port 11211 --l7 command=set,key=public/x,maxValueBytes=100"},
		{"a number beyond the limit", 4, []string{"denied"}, "--port 11211 --l7 command=set,key=public/x,maxValueBytes=101"},
		{"an access that is included", 0, []string{"allowed"}, "--port 9044 --l7 access=read,keyspace=shop"},
		{"an access that is not", 4, []string{"denied"}, "--port 9044 --l7 access=admin,keyspace=shop"},
		{"an access is needed and not given", 5, []string{"depends on the request", "does not say access"},
			"--port 9044 --l7 keyspace=shop"},
		{"an access that is unknown", 1, []string{"access: \"all\" is unknown"}, "--port 9044 --l7 access=all"},
		{"a number is needed and not given", 5, []string{"depends on the request", "does not say maxValueBytes", allows},
			"--port 11211 --l7 command=set,key=public/x"},
		{"a text is needed and not given", 5, []string{"depends on the request", "does not say key"},
			"--port 11211 --l7 command=get"},
		{"what is not given does not matter", 0, []string{"allowed"}, "--port 11211 --l7 command=version"},
		{"what is not given cannot help", 4, []string{"denied"}, "--port 11211 --l7 command=delete"},
		{"a field that is not there", 4, []string{"denied"}, "--port 11211 --l7 command=get,key="},
		{"a word for several, all of which fit", 0, []string{"allowed"},
			"--port 9042 --l7 query_action=readonly,keyspace=shop"},
		{"a word for several, of which not all fit", 4, []string{"denied"}, "--port 11211 --l7 command=readonly,key=public/x"},
		{"another parser's", 0, []string{"allowed"}, "--port 9042 --l7 query_action=select,keyspace=shop,table=orders"},
		{"of another server name", 4, []string{"denied"}, "--port 9043 --server-name a.example --l7 query_action=select"},
		{"of the server name, not given", 5, []string{"depends", "does not say table"},
			"--port 9043 --server-name db.example --l7 query_action=select"},
		{"only watched", 0, []string{"allowed", "only watches"}, "--port 11211 --audit --l7 command=get,key=secret"},
		{"of an unknown name", 1, []string{`parser memcache has no field "mars", but command, key, maxValueBytes`},
			"--port 11211 --l7 mars=1"},
		{"an unknown word", 1, []string{`command: "fly" is unknown, want one of add,`}, "--port 11211 --l7 command=fly"},
		{"no number", 1, []string{`maxValueBytes: "many" is not a number`}, "--port 11211 --l7 maxValueBytes=many"},
		{"no value", 1, []string{"want name=value"}, "--port 11211 --l7 command"},
		{"nothing", 1, []string{"there is no field"}, "--port 11211 --l7="},
		{"of a parser that declares none", 1, []string{`"test.headerparser" does not declare fields`}, "--port 4000 --l7 a=b"},
		{"beside the bytes", 1, []string{"none of the others can be"}, "--port 11211 --l7 command=get --request get"},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := append([]string{"policy", "explain", files, "--from", "web", "--to", "cache"}, strings.Fields(c.args)...)
			expectRun(t, c.code, c.want, args...)
		})
	}
}

func TestFieldsAreCalledByWhatTheirKeysBeginWith(t *testing.T) {
	d := &proxylib.Protocol{RuleKeys: []proxylib.RuleKey{
		{Name: "verb", Field: 0}, {Name: "topicPattern", Field: 1}, {Name: "topicPrefix", Field: 1},
		{Name: "user", Field: 2}, {Name: "user_regex", Field: 2}, {Name: "red", Field: 3}, {Name: "green", Field: 3},
		{Name: "verb_one", Field: 4}, {Name: "verb_two", Field: 4},
	}}
	var names []string
	for _, f := range requestFields(d) {
		names = append(names, f.name)
	}
	if want := []string{"verb", "topic", "user", "red", "verb_one"}; !slices.Equal(names, want) {
		t.Errorf("got %q, want %q", names, want)
	}
}

func TestEscapesStandForBytesInFields(t *testing.T) {
	d := &proxylib.Protocol{RuleKeys: []proxylib.RuleKey{{Name: "key", Match: proxylib.Exact}}}
	values, err := requestFields(d)[0].read(`a\0b\n`)
	if err != nil || len(values) != 1 || values[0].String() != "a\x00b\n" {
		t.Errorf("got %v, %v", values, err)
	}
}
