package handle

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
)

func TestANumberHoldsOneValueUntilItIsDeleted(t *testing.T) {
	var table Table[string]
	a, b := "a", "b"
	if !table.Put(7, &a) || table.Put(7, &b) || table.Get(7) != &a || table.Len() != 1 {
		t.Fatal("a number in use was given away")
	}
	if table.Get(8) != nil {
		t.Fatal("another number was found")
	}
	if table.Delete(7) != &a || table.Get(7) != nil || table.Delete(7) != nil || table.Len() != 0 {
		t.Fatal("a deleted number is still there")
	}
	if !table.Put(7, &b) || table.Get(7) != &b {
		t.Fatal("a free number could not be used again")
	}
}

func TestEachNumberKeepsItsValueWhileOthersComeAndGo(t *testing.T) {
	var table Table[uint64]
	want := map[uint64]*uint64{}
	random := rand.New(rand.NewPCG(1, 2))
	most := 0
	for step := range 50_000 {
		// Numbers that differ in their high bits, or in their low ones, alone.
		number := random.Uint64N(64) << (56 * random.Uint64N(2))
		if step%2000 < 1000 {
			number = random.Uint64N(1000) << 8
		}
		if random.IntN(2) == 0 {
			value := number
			if table.Put(number, &value) != (want[number] == nil) {
				t.Fatalf("step %d: Put of %#x", step, number)
			}
			if want[number] == nil {
				want[number] = &value
			}
		} else {
			if table.Delete(number) != want[number] {
				t.Fatalf("step %d: Delete of %#x", step, number)
			}
			delete(want, number)
		}
		if most = max(most, len(want)); table.Get(number) != want[number] {
			t.Fatalf("step %d: Get of %#x", step, number)
		}
		if step%100 == 0 && table.Len() != len(want) {
			t.Fatalf("step %d: %d values in place of %d", step, table.Len(), len(want))
		}
	}
	for number, value := range want {
		if table.Get(number) != value || table.Delete(number) != value {
			t.Fatalf("%#x is lost", number)
		}
	}
	if most < 500 || table.Len() != 0 {
		t.Errorf("at most %d values, %d in the end", most, table.Len())
	}
}

func TestAnEmptyTableIsSmallAgain(t *testing.T) {
	var table Table[uint64]
	for number := range uint64(100_000) {
		table.Put(number, &number)
	}
	for number := range uint64(100_000) {
		table.Delete(number)
	}
	for i := range table.shards {
		if n := len(*table.shards[i].slots.Load()); n > firstSlots {
			t.Fatalf("shard %d keeps %d slots", i, n)
		}
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

func BenchmarkTable(b *testing.B) {
	for _, n := range []uint64{1, 50_000} {
		var table Table[uint64]
		for number := range n {
			table.Put(number<<8, &number)
		}
		b.Run(fmt.Sprintf("values=%d/get", n), func(b *testing.B) {
			for i := uint64(0); b.Loop(); i++ {
				table.Get(i % n << 8)
			}
		})
		b.Run(fmt.Sprintf("values=%d/put and delete", n), func(b *testing.B) {
			value := n
			for i := n; b.Loop(); i++ {
				table.Put(i<<8, &value)
				table.Delete(i << 8)
			}
		})
	}
}
