package jsonline

import (
	"math"
	"testing"
	"time"
)

func TestTimesAreThoseOfTheStandardLibrary(t *testing.T) {
	var s timestamp
	for _, ns := range []int64{
		0, 1, 10, 999_999_999, 1_000_000_000, 1_500_000_000, 1_700_000_000_123_456_789, 1_700_000_000_120_000_000, 1_700_000_000_000_000_100,
		-1, -1_000_000_000, -1_000_000_001, -999_999_999, math.MaxInt64, math.MinInt64,
	} {
		if got, want := string(s.append(nil, ns)), time.Unix(0, ns).UTC().Format(time.RFC3339Nano); got != want {
			t.Errorf("%d: %s, want %s", ns, got, want)
		}
	}
}
