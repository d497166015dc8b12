package handle

import (
	"sync"
	"testing"
)

func TestANumberHoldsOneValueUntilItIsDeleted(t *testing.T) {
	var table Table[string]
	a, b := "a", "b"
	if !table.Put(7, &a) || table.Put(7, &b) || table.Get(7) != &a || table.Len() != 1 {
		t.Fatal("a number in use was given away")
	}
	if table.Get(7+shards) != nil {
		t.Fatal("another number of the same shard was found")
	}
	if table.Delete(7) != &a || table.Get(7) != nil || table.Delete(7) != nil || table.Len() != 0 {
		t.Fatal("a deleted number is still there")
	}
	if !table.Put(7, &b) || table.Get(7) != &b {
		t.Fatal("a free number could not be used again")
	}
}

func TestThreadsDoNotDisturbEachOther(t *testing.T) {
	var table Table[uint64]
	var wg sync.WaitGroup
	for thread := range uint64(8) {
		wg.Go(func() {
			for i := range uint64(1000) {
				number := thread<<32 | i
				table.Put(number, &number)
				if got := table.Get(number); got == nil || *got != number {
					t.Errorf("number %d is lost", number)
				}
				table.Delete(number)
			}
		})
	}
	wg.Wait()
	if table.Len() != 0 {
		t.Errorf("%d values are left", table.Len())
	}
}

func TestGetAllocatesNothing(t *testing.T) {
	var table Table[string]
	table.Put(1<<40, new(string))
	if n := testing.AllocsPerRun(100, func() { table.Get(1 << 40) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
