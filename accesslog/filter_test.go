package accesslog

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/proxylib/proxylib/api/cilium"
)

type kept []Entry

func (k *kept) Log(e Entry) { *k = append(*k, e) }

func TestAFilterPassesWhatItsReaderWants(t *testing.T) {
	entries := map[string]Entry{
		"request":  {For: Requests, Parser: "redis"},
		"exchange": {For: Exchanges, Parser: "redis", Exchange: &Exchange{Latency: uint64(time.Second)}},
		"quick":    {For: Exchanges, Parser: "redis", Exchange: &Exchange{Latency: 1000}},
		"denied":   {Type: cilium.EntryType_Denied, Parser: "redis"},
		"audited":  {Audit: true, Parser: "redis"},
		"closed":   {Type: cilium.EntryType_Denied, Closed: &Closed{}, Parser: "redis"},
		"other":    {Parser: "r2d2"},
	}
	for _, c := range []struct {
		kinds  Kinds
		filter Filter
		want   string
	}{
		{Requests, Filter{}, "request denied audited closed other"},
		{Exchanges, Filter{}, "exchange quick denied audited closed other"},
		{Requests | Exchanges, Filter{Verdicts: []string{"denied", "closed"}}, "denied closed"},
		{Exchanges, Filter{Verdicts: []string{"audited", "allowed"}}, "exchange quick audited other"},
		{Exchanges, Filter{Parsers: []string{"r2d2"}}, "other"},
		{Exchanges, Filter{Slow: time.Millisecond}, "exchange denied audited closed"},
	} {
		for name, e := range entries {
			var got kept
			NewFiltered(&got, c.kinds, c.filter).Log(e)
			want := strings.Contains(" "+c.want+" ", " "+name+" ")
			if (len(got) == 1) != want {
				t.Errorf("%v %+v: %s passes: %v", c.kinds, c.filter, name, len(got))
			}
		}
	}
}

func TestASampleHasOneRequestInSoManyAndEveryDenial(t *testing.T) {
	for _, kinds := range []Kinds{Exchanges, Requests} {
		var got kept
		f := NewFiltered(&got, kinds, Filter{Sample: 100})
		for connection := range uint64(100) {
			flow := NewFlow(FlowInfo{Connection: connection})
			for i := range uint64(100) {
				f.Log(Entry{Flow: &flow, Request: i + 1})
				if kinds == Requests {
					f.Log(Entry{Flow: &flow, Request: i + 1, Type: cilium.EntryType_Response})
				}
			}
			f.Log(Entry{Flow: &flow, Type: cilium.EntryType_Denied})
		}
		counts := map[cilium.EntryType]int{}
		requests := map[string]int{}
		for _, e := range got {
			counts[e.Type]++
			if e.Type != cilium.EntryType_Denied {
				requests[fmt.Sprint(e.Flow.connection, e.Request)]++
			}
		}
		n := counts[cilium.EntryType_Request]
		if n < 60 || n > 150 || kinds == Exchanges && n != 100 || counts[cilium.EntryType_Denied] != 100 {
			t.Errorf("%v: %v", kinds, counts)
		}
		for request, times := range requests {
			if kinds == Requests && times != 2 {
				t.Errorf("request %s has %d entries", request, times)
			}
		}
	}
}

func TestAMistakeInAFilterIsNamed(t *testing.T) {
	for _, c := range []struct {
		filter Filter
		kinds  Kinds
		want   string
	}{
		{Filter{Verdicts: []string{"refused"}}, Exchanges, `verdicts: "refused" is unknown: give allowed, denied, audited, closed`},
		{Filter{Slow: time.Second}, Requests, "slow: only an entry of an exchange"},
		{Filter{Slow: -time.Second}, Exchanges, "slow: -1s is out of range"},
	} {
		if err := c.filter.Check(c.kinds); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %s", c.filter, err, c.want)
		}
	}
	for text, want := range map[string]uint64{"": 0, "1/1": 1, "1/100": 100} {
		if n, err := ParseSample(text); n != want || err != nil {
			t.Errorf("%q: %d, %v", text, n, err)
		}
	}
	for _, text := range []string{"100", "1/0", "2/3", "1/x", "0.01", "1/-2"} {
		if _, err := ParseSample(text); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}
