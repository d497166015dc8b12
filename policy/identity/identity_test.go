package identity

import (
	"net/netip"
	"strings"
	"testing"
)

func endpoint(name string, labels Labels, addresses ...string) *Endpoint {
	e := &Endpoint{Namespace: "default", Name: name, Labels: labels}
	for _, a := range addresses {
		e.Addresses = append(e.Addresses, netip.MustParseAddr(a))
	}
	return e
}

func TestSelectorSelectsByEveryRequirement(t *testing.T) {
	labels := Labels{"app": "cache", "tier": "back"}
	for _, c := range []struct {
		selector Selector
		want     bool
	}{
		{nil, true},
		{Selector{{"app", In, []string{"cache", "web"}}}, true},
		{Selector{{"app", In, []string{"web"}}}, false},
		{Selector{{"zone", In, []string{""}}}, false},
		{Selector{{"app", NotIn, []string{"web"}}}, true},
		{Selector{{"app", NotIn, []string{"cache"}}}, false},
		{Selector{{"zone", NotIn, []string{"a"}}}, true},
		{Selector{{"app", Exists, nil}, {"zone", DoesNotExist, nil}}, true},
		{Selector{{"zone", Exists, nil}}, false},
		{Selector{{"app", DoesNotExist, nil}}, false},
		{Selector{{"app", "Gt", []string{"1"}}}, false},
	} {
		if got := c.selector.Matches(labels); got != c.want {
			t.Errorf("%s: got %v", c.selector, got)
		}
	}
}

func TestDifferentLabelsAreNeverTheSameText(t *testing.T) {
	sets := []Labels{
		{}, {"a": ""}, {"a": "b"}, {"a": "b,c=d"}, {"a": "b", "c": "d"}, {"a=b": ""}, {"a": "=b"}, {`"a"`: "b"}, {"a": `"b"`},
	}
	seen := map[string]bool{}
	for _, labels := range sets {
		if text := labels.String(); seen[text] {
			t.Errorf("%q stands for two sets", text)
		} else {
			seen[text] = true
		}
	}
}

func TestNumbersStayAfterRestart(t *testing.T) {
	first, err := NewNumbers(nil)
	if err != nil {
		t.Fatal(err)
	}
	of := func(n *Numbers, e *Endpoint) ID {
		id, err := n.OfEndpoint(e)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	prefix := func(n *Numbers, text string) ID {
		id, err := n.OfPrefix(netip.MustParsePrefix(text))
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	cache, web := endpoint("a", Labels{"app": "cache"}, "10.0.0.1"), endpoint("b", Labels{"app": "web"}, "10.0.0.2")
	ids := []ID{of(first, cache), of(first, web), prefix(first, "10.0.0.0/8")}
	if ids[0] != 256 || ids[1] != 257 || ids[2] != 1<<24 {
		t.Errorf("got %v", ids)
	}
	if same := of(first, endpoint("c", Labels{"app": "cache"}, "10.0.0.3")); same != ids[0] {
		t.Errorf("same labels have identities %d and %d", ids[0], same)
	}

	kept := first.Added()
	second, err := NewNumbers([]Number{kept[2], kept[1], kept[0]})
	if err != nil {
		t.Fatal(err)
	}
	if of(second, web) != ids[1] || of(second, cache) != ids[0] || prefix(second, "10.0.0.0/8") != ids[2] {
		t.Error("numbers have changed")
	}
	if len(second.Added()) != 0 {
		t.Errorf("numbers were given again: %v", second.Added())
	}
	if id := of(second, endpoint("d", Labels{"app": "new"}, "10.0.0.4")); id != 258 {
		t.Errorf("a new one got %d", id)
	}
}

func TestReservedIdentitiesHaveTheirNumbers(t *testing.T) {
	n, _ := NewNumbers(nil)
	host := endpoint("h", Labels{"reserved:host": ""}, "10.0.0.9")
	if id, err := n.OfEndpoint(host); err != nil || id != Host || !host.Reserved() {
		t.Errorf("got %d, %v", id, err)
	}
	four, _ := n.OfPrefix(EveryIPv4)
	six, _ := n.OfPrefix(EveryIPv6)
	if four != WorldIPv4 || six != WorldIPv6 || len(n.Added()) != 0 {
		t.Errorf("got %d and %d", four, six)
	}
}

func TestWrongNumbersAreRefused(t *testing.T) {
	for _, kept := range [][]Number{
		{{256, "labels:a"}, {256, "labels:b"}}, {{256, "labels:a"}, {257, "labels:a"}}, {{1, "labels:a"}}, {{256, "a"}},
		{{1 << 24, "labels:a"}}, {{256, "cidr:10.0.0.0/8"}},
	} {
		if _, err := NewNumbers(kept); err == nil {
			t.Errorf("%v: no error", kept)
		}
	}
}

func TestNumbersEnd(t *testing.T) {
	n, err := NewNumbers([]Number{{firstOfPrefixes - 1, "labels:a"}, {^ID(0), "cidr:10.0.0.0/8"}})
	if err != nil {
		t.Fatal(err)
	}
	if id, err := n.OfEndpoint(endpoint("a", nil, "10.0.0.1")); err == nil {
		t.Errorf("got %d", id)
	}
	if id, err := n.OfPrefix(netip.MustParsePrefix("11.0.0.0/8")); err == nil {
		t.Errorf("got %d", id)
	}
}

func TestWrongEndpointsAreRefused(t *testing.T) {
	for _, c := range []struct {
		endpoint *Endpoint
		want     string
	}{
		{endpoint("", nil, "10.0.0.1"), "is not a name"},
		{endpoint("a/b", nil, "10.0.0.1"), "is not a name"},
		{endpoint("-", nil, "10.0.0.1"), "is not a name"},
		{endpoint("a", nil), "there are none"},
		{endpoint("a", nil, "10.0.0.1", "10.0.0.1"), "given twice"},
		{endpoint("a", nil, "::ffff:10.0.0.1"), "cannot be"},
		{endpoint("a", nil, "fe80::1%eth0"), "cannot be"},
		{endpoint("a", nil, "0.0.0.0"), "cannot be"},
		{endpoint("a", Labels{"reserved:mars": ""}, "10.0.0.1"), "unknown"},
		{endpoint("a", Labels{"reserved:world": ""}, "10.0.0.1"), "no addresses of its own"},
		{endpoint("a", Labels{"reserved:host": "", "a": "b"}, "10.0.0.1"), "reserved:host excludes other labels"},
		{endpoint("a", Labels{NamespaceLabel: "other"}, "10.0.0.1"), "namespace"},
	} {
		if err := c.endpoint.Check(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: got %v, want %q", c.endpoint, err, c.want)
		}
	}
	if err := endpoint("a", Labels{"app": "x"}, "10.0.0.1", "fd00::1").Check(); err != nil {
		t.Error(err)
	}
}
