package rest

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/proxylib/proxylib/policyserver"
)

// silence is the time after which a proxy that has not replied counts as silent.
const silence = 10 * time.Second

// metrics writes the status in the text form that Prometheus reads.
func (h *handler) metrics(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	_, _ = w.Write([]byte(metricsText(h.server.Status())))
}

func metricsText(s policyserver.Status) string {
	var text strings.Builder
	metric := func(name, help string, samples ...string) {
		fmt.Fprintf(&text, "# HELP proxylib_%s %s\n# TYPE proxylib_%s gauge\n", name, help, name)
		for _, sample := range samples {
			fmt.Fprintf(&text, "proxylib_%s%s\n", name, sample)
		}
	}
	number := func(name, help string, value int) { metric(name, help, fmt.Sprintf(" %d", value)) }
	number("revision", "Changes that were accepted.", int(s.Revision))
	number("policies", "Policies that are stored.", s.Policies)
	number("endpoints", "Endpoints that are stored.", s.Endpoints)
	number("identities", "Identities that are in use.", s.Identities)
	number("refused_sources", "Sources whose last change was refused.", len(s.Refusals))
	number("policy_warnings", "Things in policies that have no effect, or another than they seem to have.", s.WarningCount)
	number("unreadable_sources", "Sources that cannot be read.", len(s.Unreadable))
	var resources, clients, refusing, refusedResources, silent []string
	for _, protocol := range []string{"nphds", "npds"} {
		served, refused, refusedEach, unanswered := s.Served[protocol], 0, 0, 0
		for _, c := range served.Clients {
			if c.Refusal != "" {
				refused++
			}
			if !c.Unanswered.IsZero() && time.Since(c.Unanswered) > silence {
				unanswered++
			}
			refusedEach += len(c.Refused)
		}
		sample := func(value int) string { return fmt.Sprintf("{protocol=%q} %d", protocol, value) }
		resources = append(resources, sample(served.Resources))
		clients = append(clients, sample(len(served.Clients)))
		refusing = append(refusing, sample(refused))
		refusedResources = append(refusedResources, sample(refusedEach))
		silent = append(silent, sample(unanswered))
	}
	metric("served_resources", "Resources that are served.", resources...)
	metric("clients", "Streams of proxies.", clients...)
	metric("refusing_clients", "Streams whose proxy refused what it was sent last.", refusing...)
	metric("refused_resources", "Resources that proxies refused by name, of what they were sent last.", refusedResources...)
	metric("silent_clients", "Streams whose proxy has not replied for ten seconds.", silent...)
	return text.String()
}
