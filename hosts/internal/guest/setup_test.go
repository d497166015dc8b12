package guest

import (
	"runtime"
	"sync"
	"testing"
)

func TestSetupAddsProcessorsOnceUnlessTheOperatorSaysHowMany(t *testing.T) {
	before := runtime.GOMAXPROCS(0)
	defer func() {
		runtime.GOMAXPROCS(before)
	}()
	setup.Do(func() {})
	Setup(func(string) string { return "" })
	if got := runtime.GOMAXPROCS(0); got != before {
		t.Errorf("a later call sets %d processors, want %d", got, before)
	}
	for _, c := range []struct {
		environment string
		want        int
	}{{"", before + spareProcessors}, {"3", before}} {
		setup = new(sync.Once)
		Setup(func(name string) string { return map[string]string{"GOMAXPROCS": c.environment, "GOGC": "100"}[name] })
		if got := runtime.GOMAXPROCS(0); got != c.want {
			t.Errorf("GOMAXPROCS=%q: %d processors, want %d", c.environment, got, c.want)
		}
		runtime.GOMAXPROCS(before)
	}
}
