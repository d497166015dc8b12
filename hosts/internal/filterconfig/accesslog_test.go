package filterconfig

import (
	"testing"
	"time"

	"github.com/proxylib/proxylib/accesslog"
)

func TestAReaderGetsWhatItsConfigurationSays(t *testing.T) {
	for _, c := range []struct {
		log   AccessLog
		kinds accesslog.Kinds
	}{
		{AccessLog{File: "a"}, accesslog.Exchanges}, {AccessLog{Socket: "a"}, accesslog.Requests}, {AccessLog{OTLP: "a"}, accesslog.Exchanges},
		{AccessLog{Socket: "a", Log: "exchange"}, accesslog.Exchanges}, {AccessLog{File: "a", Log: "request"}, accesslog.Requests},
		{AccessLog{File: "a", Log: "both"}, accesslog.Requests | accesslog.Exchanges},
	} {
		if kinds, _, err := c.log.Wants(); kinds != c.kinds || err != nil {
			t.Errorf("%+v: %v, %v", c.log, kinds, err)
		}
	}
	_, filter, err := (&AccessLog{File: "a", Sample: "1/100", Slow: "50ms", Verdicts: []string{"denied"}}).Wants()
	if err != nil || filter.Sample != 100 || filter.Slow != 50*time.Millisecond || len(filter.Verdicts) != 1 {
		t.Errorf("%+v, %v", filter, err)
	}
}
