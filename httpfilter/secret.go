package httpfilter

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/proxylib/proxylib/internal/httplink"
)

// refreshSecrets is how often secrets of Envoy's are read for code that belongs to no stream.
const refreshSecrets = time.Second

// SecretSource says where a secret is found. It can be a part of a filter's configuration.
type SecretSource struct {
	// File is the path of a file, which is read again when it changes. A line feed at its end is not part of the value.
	File string `json:"file,omitempty"`
	// SDS is the name of a secret of Envoy's, from Envoy 1.40 on, and SDSConfig its ConfigSource; without one it is static in Envoy's own
	// configuration.
	SDS       string          `json:"sds,omitempty"`
	SDSConfig json.RawMessage `json:"sds_config,omitempty"`
}

// Secret is a value that may change. It may be used from any thread at any time.
type Secret struct {
	id    int
	value atomic.Pointer[string]
}

// Value returns the value now. There is none before it could be read for the first time, nor while the file is empty, as one is that
// is just written: anybody could guess that. Deny then.
func (s *Secret) Value() (value string, ok bool) {
	v := s.value.Load()
	if v == nil || *v == "" {
		return "", false
	}
	return *v, true
}

func (s *Secret) set(value string) {
	if old := s.value.Load(); old == nil || *old != value {
		value = strings.Clone(value)
		s.value.Store(&value)
	}
}

// Secret returns the secret of a source. A file that cannot be read yet does not fail: it may come.
func (c *Config) Secret(source SecretSource) (*Secret, error) {
	s := &Secret{}
	switch {
	case (source.File == "") == (source.SDS == ""):
		return nil, errors.New(`a secret is found either in a "file" or by "sds": give one of them`)
	case source.SDS != "":
		id, err := c.host.Subscribe(source.SDS, string(source.SDSConfig))
		if err != nil {
			return nil, fmt.Errorf("sds: %s: %w", source.SDS, err)
		}
		s.id = id
		c.secrets = append(c.secrets, s)
		return s, nil
	}
	stop, err := c.host.WatchFile(source.File, "secret", func(text []byte) { s.set(strings.TrimSuffix(string(text), "\n")) })
	if err != nil {
		c.log.Warn("a secret cannot be read; it is used as soon as it can", "error", err)
	}
	c.stops = append(c.stops, stop)
	return s, nil
}

// refresh reads the secrets of Envoy's, on a thread of the host.
func (c *Config) refresh(from httplink.Recorder) {
	for _, s := range c.secrets {
		if value := from.Secret(s.id); value != "" {
			s.set(value)
		}
	}
}

// watchSecrets reads the secrets of Envoy's now and then.
func (c *Config) watchSecrets() {
	if len(c.secrets) == 0 {
		return
	}
	c.refresh(c.host)
	go func() {
		ticker := time.NewTicker(refreshSecrets)
		defer ticker.Stop()
		for c.ctx.Err() == nil {
			select {
			case <-ticker.C:
				c.post(func() { c.refresh(c.host) })
			case <-c.ctx.Done():
			}
		}
	}()
}
