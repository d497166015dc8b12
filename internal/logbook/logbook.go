package logbook

import (
	"strings"
	"sync"

	"github.com/sirupsen/logrus"
)

// Book is a writer that retains all that was written. Any number of goroutines may use it. The zero value is empty.
type Book struct {
	mu   sync.Mutex
	text strings.Builder
}

// Write implements [io.Writer]. It returns no error.
func (b *Book) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

// String returns what was written until now.
func (b *Book) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// Logger returns a new logger that writes into the book.
func (b *Book) Logger() *logrus.Logger {
	log := logrus.New()
	log.SetOutput(b)
	return log
}
