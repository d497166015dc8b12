package envoy

import (
	"strings"
	"sync"

	"github.com/sirupsen/logrus"

	"github.com/proxylib/proxylib/internal/filewatch"
)

// maxSecret is the size, in bytes, of the largest file with a secret.
const maxSecret = 64 << 10

// secretStore holds the values of secrets, which are read again when their files change. It may be used from several threads
// at once.
type secretStore struct {
	values   sync.Map // of name to value
	watchers []*filewatch.Watcher
}

// openSecrets reads the secrets. One that cannot be read has no value until it can.
func openSecrets(sources map[string]secretSource, log logrus.FieldLogger) *secretStore {
	s := &secretStore{}
	for name, source := range sources {
		w := filewatch.New(filewatch.Config{Path: source.File, MaxBytes: maxSecret, Kind: "secret " + name, Log: log})
		take := func(files []filewatch.File) {
			if len(files) == 1 {
				// Most writers of files end them with a line feed, which no header can have.
				s.values.Store(name, strings.TrimSuffix(string(files[0].Text), "\n"))
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
	return s
}

// Secret implements [httprule.Secrets].
func (s *secretStore) Secret(name string) (string, bool) {
	value, ok := s.values.Load(name)
	if !ok {
		return "", false
	}
	return value.(string), true
}

func (s *secretStore) close() {
	for _, w := range s.watchers {
		w.Close()
	}
}
