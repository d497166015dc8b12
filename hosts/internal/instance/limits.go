package instance

import (
	"fmt"

	"github.com/sirupsen/logrus"

	"github.com/proxylib/proxylib/internal/overload"
	"github.com/proxylib/proxylib/proxylib/host"
)

// Limits limit what an instance accepts. 0 stands for the default. The existing has precedence over the new: a connection,
// held bytes or an access-log entry beyond a limit is refused, counted, and logged once a period.
type Limits struct {
	// Connections is the maximum number of open connections.
	Connections int
	// TotalHeldBytes limits the memory, in bytes, of what all connections hold for a verdict. It is for hosts that leave
	// that to us.
	TotalHeldBytes int
	// LogQueueBytes limits the memory, in bytes, of access-log entries on their way; less than 136 KiB stands for that.
	LogQueueBytes int
}

// Defaults and largest values of [Limits]. The default of the queue is the queue's own.
const (
	DefaultConnections    = 100_000
	DefaultTotalHeldBytes = 256 << 20

	maxConnections    = 100_000_000
	maxTotalHeldBytes = 1 << 40
	maxLogQueueBytes  = 1 << 30
)

func (l *Limits) check() error {
	for _, limit := range []struct {
		what       string
		value, max int
	}{
		{"connections", l.Connections, maxConnections},
		{"bytes that all connections hold", l.TotalHeldBytes, maxTotalHeldBytes},
		{"bytes of the access log's queue", l.LogQueueBytes, maxLogQueueBytes},
	} {
		if limit.value < 0 || limit.value > limit.max {
			return fmt.Errorf("limit of %s: %d is out of range: give at most %d, or 0 for the default", limit.what,
				limit.value, limit.max)
		}
	}
	return nil
}

// set makes the limits of what the instance itself counts.
func (l *Limits) set(i *host.InstanceConfig) {
	connections, held := orDefault(l.Connections, DefaultConnections), orDefault(l.TotalHeldBytes, DefaultTotalHeldBytes)
	i.Connections = overload.NewLimit(int64(connections), func(since, total uint64) {
		i.Log.WithFields(logrus.Fields{"limit": connections, "refused": since, "refused_total": total}).
			Warn("new connections are refused: connection limit reached")
	})
	i.HeldBytes = overload.NewLimit(int64(held), func(since, total uint64) {
		i.Log.WithFields(logrus.Fields{"limit": held, "closed": since, "closed_total": total}).
			Warn("connections are closed: limit of held bytes of all connections reached")
	})
}

func orDefault(value, standard int) int {
	if value == 0 {
		return standard
	}
	return value
}
