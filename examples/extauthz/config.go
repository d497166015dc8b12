package extauthz

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/proxylib/proxylib/proxylib"
)

// config is the parser_config of a filter.
type config struct {
	// Authorizer is the address of the authorization service: IP:PORT of this machine, or unix:PATH.
	Authorizer string `json:"authorizer"`
	// Milliseconds are how long it may take for an answer. They have to be fewer than limits.verdict_milliseconds of the filter.
	Milliseconds int `json:"milliseconds"`
	// CacheEntries is the number of answers that are remembered, CacheSeconds for how long.
	CacheEntries int `json:"cache_entries"`
	CacheSeconds int `json:"cache_seconds"`
	// Checks is the number of questions that are under way at once; others wait for them.
	Checks int `json:"checks"`
}

// Largest values of a configuration.
const (
	maxMilliseconds = 60_000
	maxCacheEntries = 1 << 20
	maxCacheSeconds = 3600
	maxChecks       = 4096
)

func parseConfig(text []byte) (config, error) {
	c := config{Milliseconds: 1000, CacheEntries: 4096, CacheSeconds: 5, Checks: 128}
	if err := proxylib.DecodeConfig(text, &c); err != nil {
		return c, err
	}
	for _, n := range []struct {
		name                  string
		value, least, maximum int
	}{
		{"milliseconds", c.Milliseconds, 1, maxMilliseconds}, {"cache_entries", c.CacheEntries, 0, maxCacheEntries},
		{"cache_seconds", c.CacheSeconds, 0, maxCacheSeconds}, {"checks", c.Checks, 1, maxChecks},
	} {
		if n.value < n.least || n.value > n.maximum {
			return c, fmt.Errorf("%s: %d is out of range: give %d to %d", n.name, n.value, n.least, n.maximum)
		}
	}
	if strings.HasPrefix(c.Authorizer, "unix:") {
		return c, nil
	}
	addr, err := netip.ParseAddrPort(c.Authorizer)
	if err != nil || !addr.Addr().IsLoopback() {
		return c, errors.New("authorizer: questions are sent without encryption: give unix:PATH, or IP:PORT of this machine")
	}
	return c, nil
}

func (c *config) timeout() time.Duration { return time.Duration(c.Milliseconds) * time.Millisecond }
