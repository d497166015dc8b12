package npds

import (
	"strings"

	"gopkg.in/check.v1"

	"github.com/proxylib/proxylib/internal/eventually"
)

// list is a document of resources, each given as the text after its dash.
func list(resources ...string) string {
	return "resources:\n- " + strings.Join(resources, "\n- ") + "\n"
}

// item is a resource that allows one port of an endpoint; in wrongItem the parser does not know the key.
func item(ip, port string) string {
	return "{endpoint_ips: [" + ip + "], ingress_per_port_policies: [{port: " + port + ", allow: all}]}"
}

func wrongItem(ip string) string {
	return "{endpoint_ips: [" + ip + "], ingress_per_port_policies: [{port: 99, rules: [{l7_proto: words, l7_rules: {l7_allow_rules: [{rule: {wrod: x}}]}}]}]}"
}

func (s *FileSuite) TestTheGoodResourcesOfAFileComeInForce(c *check.C) {
	p := PartialSuite{store: s.store}
	for _, t := range []struct {
		onError OnError
		want    []string
		message string
	}{
		{Keep, []string{"10.0.0.1:81", "10.0.0.2:80"}, "policy file is refused in part: what is refused stays as it was, the rest is in force (1 of 2 resources)"},
		{Deny, []string{"10.0.0.1:81"}, "policy file is refused in part: the endpoints of what is refused are denied, the rest is in force (1 of 2 resources)"},
	} {
		s.onError = t.onError
		s.opened(c, list(item("10.0.0.1", "80"), item("10.0.0.2", "80"), item("10.0.0.3", "80")))
		first := s.file.Status().Version
		s.write(c, s.path, list(item("10.0.0.1", "81"), wrongItem("10.0.0.2")))
		eventually.Holds(c, "one is refused", func() bool { return s.file.Status().RefusedResources == 1 })
		c.Check(p.inForce(), check.DeepEquals, t.want)
		status := s.file.Status()
		c.Check(status.LastRefusal, check.Matches, `line 3: policy of endpoint 10.0.0.2 .*unknown key "wrod"`)
		c.Check(status.Version, check.Equals, first)
		eventually.Holds(c, "the log says so: "+s.book.String(), func() bool { return strings.Contains(s.book.String(), t.message) })

		s.write(c, s.path, list(item("10.0.0.1", "80"), item("10.0.0.2", "80"), item("10.0.0.3", "80")))
		eventually.Holds(c, "the first version is back", func() bool { return s.file.Status().LastRefusal == "" })
		c.Check(p.inForce(), check.DeepEquals, []string{"10.0.0.1:80", "10.0.0.2:80", "10.0.0.3:80"})
		c.Check(s.file.Close(), check.IsNil)
		s.file = nil
	}
}

func (s *FileSuite) TestAFileThatIsWrongWhenItIsOpenedIsRefusedAsAWhole(c *check.C) {
	s.write(c, s.path, list(item("10.0.0.1", "80"), wrongItem("10.0.0.2")))
	c.Check(s.open(c), check.ErrorMatches, "policy file .*: line 3: .*wrod.*")
	c.Check(s.store.Current().Endpoints(), check.Equals, 0)
}

func (s *FileSuite) TestTheRefusalOfAHugeFileIsShort(c *check.C) {
	s.opened(c, allow("80"))
	s.write(c, s.path, "resources:\n- endpoint_ips: [\""+strings.Repeat("x", 4<<20)+"\"]\n")
	eventually.Holds(c, "it is refused", func() bool { return s.file.Status().LastRefusal != "" })
	c.Check(len(s.file.Status().LastRefusal)+len(s.book.String()) < 20_000, check.Equals, true)
	s.write(c, s.path, "resources:\n- "+strings.Repeat("x", 4<<20)+": 1\n")
	eventually.Holds(c, "it is refused again", func() bool { return s.file.Status().Refusals == 2 })
	c.Check(len(s.file.Status().LastRefusal)+len(s.book.String()) < 40_000, check.Equals, true)
}
