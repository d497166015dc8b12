package guest

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"runtime/metrics"
	"strconv"
	"testing"
	"time"
)

// asChild is set in a child process to the bytes of live heap that it allocates, and to the percentage that it
// waits for and prints.
const asChild = "PROXYLIB_TEST_GUEST"

func TestMain(m *testing.M) {
	var live, want int
	if _, err := fmt.Sscan(os.Getenv(asChild), &live, &want); err == nil {
		Setup(os.Getenv)
		fmt.Print(percentWith(live, want))
		return
	}
	os.Exit(m.Run())
}

// percentWith returns the percentage that is in force when a collection has found this many live bytes. It is set a moment
// after the collection, hence the patience.
func percentWith(bytes, want int) int {
	live := make([]byte, bytes)
	runtime.GC()
	for deadline := time.Now().Add(10 * time.Second); percent() != want && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	runtime.KeepAlive(live)
	return percent()
}

func percent() int {
	gogc := []metrics.Sample{{Name: "/gc/gogc:percent"}}
	metrics.Read(gogc)
	return int(gogc[0].Value.Uint64())
}

func TestASmallHeapIsCollectedLateUnlessTheOperatorSaysWhen(t *testing.T) {
	for _, x := range []struct {
		env  []string
		live int
		want int
	}{
		{[]string{"GOGC="}, 0, 400},
		{[]string{"GOGC="}, 10 << 20, 200},
		{[]string{"GOGC="}, 40 << 20, 100},
		{[]string{"GOGC=", "GOMEMLIMIT=1GiB"}, 0, 400},
		{[]string{"GOGC=100"}, 0, 100},
		{[]string{"GOGC=70"}, 40 << 20, 70},
		{[]string{"GOGC=off"}, 0, -1},
	} {
		child := exec.Command(os.Args[0])
		child.Env = append(append(os.Environ(), x.env...), fmt.Sprintf("%s=%d %d", asChild, x.live, x.want))
		got, err := child.Output()
		if err != nil || string(got) != strconv.Itoa(x.want) {
			t.Errorf("%v with %d bytes: %s, want %d (%v)", x.env, x.live, got, x.want, err)
		}
	}
}

func TestThePercentageFitsTheHeap(t *testing.T) {
	for _, x := range []struct {
		live uint64
		want int
	}{
		{0, 400}, {4 << 20, 400}, {4<<20 + 1, 400}, {8<<20 - 1, 400}, {8 << 20, 200}, {16<<20 - 1, 200}, {16 << 20, 100},
		{1 << 40, 100},
	} {
		if got := percentFor(x.live); got != x.want {
			t.Errorf("%d bytes: %d, want %d", x.live, got, x.want)
		}
	}
}
