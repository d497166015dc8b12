package processor

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"testing"
)

func TestTheTimeOfChildrenThatHaveEndedCounts(t *testing.T) {
	before, err := endedTime(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	// Time is counted in ticks.
	if err := exec.Command("sh", "-c", "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done").Run(); err != nil {
		t.Fatal(err)
	}
	if after, err := endedTime(os.Getpid()); err != nil || after <= before {
		t.Errorf("%v before, %v after, error %v", before, after, err)
	}
	if got, err := ofChildren("7 (a b) c) S 1 2 3 4 5 6 7 8 9 10 11 12 3 4 20"); err != nil || got != 7*tick {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := ofChildren("7 (a) S 1"); err == nil {
		t.Error("a file that is too short was taken")
	}
}

func TestGrandchildrenAreOfTheFamily(t *testing.T) {
	c := exec.Command("sh", "-c", "sh -c 'echo $$; read line'; true")
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		in.Close()
		_ = c.Wait()
	}()
	var grandchild int
	if _, err := fmt.Fscan(out, &grandchild); err != nil {
		t.Fatal(err)
	}
	if pids, err := family(); err != nil || !slices.Contains(pids, grandchild) {
		t.Errorf("%d is not among %v, %v", grandchild, pids, err)
	}
}
