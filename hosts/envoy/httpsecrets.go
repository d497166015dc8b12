package envoy

import (
	"fmt"
	"strings"
	"sync"

	"github.com/sirupsen/logrus"

	"github.com/proxylib/proxylib/internal/filewatch"
)

// maxSecret is the size, in bytes, of the largest file with a secret.
const maxSecret = 64 << 10

// secretHost is Envoy while it makes a configuration.
type secretHost interface {
	// Subscribe returns the number of a secret of Envoy's; source is its ConfigSource, empty for a static one.
	Subscribe(name, source string) (int, error)
}

// secretStore holds the values of secrets in files, which are read again when these change, and the numbers of Envoy's secrets. It
// may be used from several threads at once.
type secretStore struct {
	values   sync.Map // of name to value
	numbers  map[string]int
	watchers []*filewatch.Watcher
}

// openSecrets reads the files, and subscribes to what Envoy has. A file that cannot be read has no value until it can.
func openSecrets(sources map[string]secretSource, host secretHost, log logrus.FieldLogger) (*secretStore, error) {
	s := &secretStore{numbers: map[string]int{}}
	for name, source := range sources {
		if source.SDS != "" {
			n, err := host.Subscribe(source.SDS, string(source.SDSConfig))
			if err != nil {
				s.close()
				return nil, fmt.Errorf("filter_config: secrets: %s: sds: %s: %w", name, source.SDS, err)
			}
			s.numbers[name] = n
			continue
		}
		w := filewatch.New(filewatch.Config{Path: source.File, MaxBytes: maxSecret, Kind: "secret " + name, Log: log})
		take := func(files []filewatch.File) {
			if len(files) == 1 {
				s.values.Store(name, secretOf(string(files[0].Text)))
			}
		}
		files, err := w.Read()
		if err != nil {
			log.WithError(err).WithField("secret", name).Warn("a secret cannot be read: rules that need its value do not match")
		}
		take(files)
		w.Start(take)
		s.watchers = append(s.watchers, w)
	}
	return s, nil
}

// secretOf is the value in a text: most writers of files end them with a line feed, which no header can have.
func secretOf(text string) string { return strings.TrimSuffix(text, "\n") }

func (s *secretStore) close() {
	for _, w := range s.watchers {
		w.Close()
	}
}

// requestSecrets are the secrets as a request sees them. It implements [httprule.Secrets].
type requestSecrets struct {
	store *secretStore
	// host has secrets of Envoy's, on the thread of the request.
	host goHost
}

// Secret implements [httprule.Secrets].
func (r *requestSecrets) Secret(name string) (string, bool) {
	if n, found := r.store.numbers[name]; found {
		value := secretOf(r.host.Secret(n))
		return value, value != ""
	}
	value, ok := r.store.values.Load(name)
	if !ok {
		return "", false
	}
	return value.(string), true
}
