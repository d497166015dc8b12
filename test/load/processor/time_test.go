package processor

import (
	"os"
	"testing"
	"time"
)

func TestProcessorTimeGrowsWithWork(t *testing.T) {
	before, err := Time(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	for begun := time.Now(); time.Since(begun) < 20*time.Millisecond; {
	}
	after, err := Time(os.Getpid())
	if err != nil || after <= before {
		t.Errorf("%v before, %v after, error %v", before, after, err)
	}
}

func TestTheFirstNumberOfSchedstatIsTheTimeOnAProcessor(t *testing.T) {
	if got, err := onProcessor("381002 48212 1\n"); err != nil || got != 381002 {
		t.Errorf("got %d, %v", got, err)
	}
	if _, err := onProcessor("none"); err == nil {
		t.Error("text without a number was taken")
	}
}
