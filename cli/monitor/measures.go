package monitor

import (
	"fmt"
	"math"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/proxylib/proxylib/accesslog/traffic"
)

// measures says what was measured of an exchange.
func measures(e *traffic.Entry) (words []string) {
	if e.Exchange == nil {
		return nil
	}
	if took, measured := e.Measured(); measured {
		words = append(words, rounded(took))
	}
	return append(words, quoted(plain(e.Status)), fmt.Sprintf("%d/%d bytes", e.RequestBytes, e.ReplyBytes))
}

// rounded returns a time in a length that people read.
func rounded(t time.Duration) string {
	unit := time.Nanosecond
	for t/unit >= 1000 && unit < time.Second {
		unit *= 10
	}
	return t.Round(unit).String()
}

// The quantiles that are shown, and the window of time that they are about.
const (
	median, slowest = 0.5, 0.99
	window          = time.Minute
)

// latency is the distribution of the times from requests to replies, in the last minute.
type latency struct{ summary prometheus.Summary }

func (l *latency) add(e *traffic.Entry) {
	took, measured := e.Measured()
	if !measured {
		return
	}
	if l.summary == nil {
		l.summary = prometheus.NewSummary(prometheus.SummaryOpts{
			Name: "latency", MaxAge: window, Objectives: map[float64]float64{median: 0.02, slowest: 0.002},
		})
	}
	l.summary.Observe(took.Seconds())
}

// quantile returns the time within which a share of the requests was replied to.
func (l *latency) quantile(share float64) string {
	var now dto.Metric
	if l.summary == nil || l.summary.Write(&now) != nil {
		return "-"
	}
	for _, q := range now.GetSummary().GetQuantile() {
		if q.GetQuantile() == share && !math.IsNaN(q.GetValue()) {
			return rounded(time.Duration(q.GetValue() * float64(time.Second)))
		}
	}
	return "-"
}
