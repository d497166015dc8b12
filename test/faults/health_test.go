//go:build e2e

package faults

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/anypb"

	"github.com/proxylib/proxylib/internal/xdstest"
)

// nudge lets a connection begin and end, without a request, in releases of Envoy that are given the library's health by connections
// alone.
func (s *Setup) nudge() {
	s.TB.Helper()
	if strings.HasPrefix(*version, "1.37.") || strings.HasPrefix(*version, "1.38.") {
		conn := s.dial()
		// A reset, as at the end of a stream the connection would get a parser, and count.
		conn.SetLinger(0)
		conn.Close()
		time.Sleep(100 * time.Millisecond)
	}
}

// requireGauges waits until gauges have these values.
func (s *Setup) requireGauges(want map[string]int) {
	s.TB.Helper()
	for name, value := range want {
		s.Eventually(fmt.Sprintf("gauge %s is %d", name, value), func() bool {
			s.nudge()
			return s.Gauge(name) == value
		})
	}
}

func (s *Setup) requireCounter(name string, want int) {
	s.TB.Helper()
	s.Eventually(fmt.Sprintf("counter %s is %d", name, want), func() bool {
		s.nudge()
		return s.Counter(name) == want
	})
}

func TestEnvoysStatsTellHowThePolicyServerIsDoing(t *testing.T) {
	began := time.Now().Unix()
	s, _, server := served(t, "xds")
	s.requireGauges(map[string]int{"policy_sources": 1, "policy_sources_connected": 1})
	s.requireCounter("policy_updates", 1)
	if at := int64(s.Gauge("policy_last_update")); at < began || at > time.Now().Unix() {
		t.Errorf("the last update is said to be of %d, it is after %d", at, began)
	}

	server.Kill()
	s.requireGauges(map[string]int{"policy_sources_connected": 0})
	updates := append(wrong(t), xdstest.Resources(t, PolicyText))
	liar := ServePolicies(t, s.path("xds"), func(n int) []*anypb.Any {
		if n < len(updates) {
			return updates[n]
		}
		return nil
	})
	s.requireCounter("policy_updates_refused", len(updates)-1)
	s.requireCounter("policy_updates", 2)
	s.requireGauges(map[string]int{"policy_resources_refused": 0})
	s.requireGauges(map[string]int{"policy_sources_connected": 1})
	liar.Kill()

	half := append(xdstest.Resources(t, PolicyText), xdstest.Resources(t, strangersText)...)
	partly := ServePolicies(t, s.path("xds"), Once(half))
	s.requireGauges(map[string]int{"policy_resources_refused": 1})
	partly.Kill()
}
