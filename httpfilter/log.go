package httpfilter

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"

	"github.com/proxylib/proxylib/internal/httplink"
)

// newLog returns a log that writes lines to a host's, each with the name of the filter.
func newLog(name string, host httplink.ConfigHost) *slog.Logger {
	out := &logOutput{name: name, host: host}
	options := &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		if len(groups) == 0 && (a.Key == slog.TimeKey || a.Key == slog.LevelKey || a.Key == slog.MessageKey) {
			// The host has them, and the message stands at the beginning.
			return slog.Attr{}
		}
		return a
	}}
	return slog.New(&logHandler{out, slog.NewTextHandler(&out.line, options)})
}

// logOutput is what handlers of one log share.
type logOutput struct {
	name string
	host httplink.ConfigHost
	mu   sync.Mutex
	line bytes.Buffer
}

// logHandler writes records as lines.
type logHandler struct {
	out *logOutput
	// text writes the attributes.
	text slog.Handler
}

// Enabled implements [slog.Handler].
func (h *logHandler) Enabled(_ context.Context, level slog.Level) bool {
	return h.out.host.LogEnabled(int(level))
}

// Handle implements [slog.Handler].
func (h *logHandler) Handle(ctx context.Context, r slog.Record) error {
	h.out.mu.Lock()
	defer h.out.mu.Unlock()
	h.out.line.Reset()
	if err := h.text.Handle(ctx, r); err != nil {
		return err
	}
	line := strings.TrimSpace(h.out.name + ": " + r.Message + " " + strings.TrimSpace(h.out.line.String()))
	h.out.host.Log(int(r.Level), line)
	return nil
}

// WithAttrs implements [slog.Handler].
func (h *logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &logHandler{h.out, h.text.WithAttrs(attrs)}
}

// WithGroup implements [slog.Handler].
func (h *logHandler) WithGroup(name string) slog.Handler {
	return &logHandler{h.out, h.text.WithGroup(name)}
}
