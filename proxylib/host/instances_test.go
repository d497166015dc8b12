package host_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"gopkg.in/check.v1"

	"github.com/proxylib/proxylib/proxylib/host"
)

func Test(t *testing.T) { check.TestingT(t) }

type InstanceSuite struct{}

var _ = check.Suite(&InstanceSuite{})

func (s *InstanceSuite) TestEqualKeysShareAnInstanceUntilTheLastClose(c *check.C) {
	var table host.Instances
	released := 0
	create := func(id uint64) (*host.Instance, error) {
		return host.NewInstance(host.InstanceConfig{ID: id, Release: func() { released++ }}), nil
	}
	a, err := table.Open("a", create)
	c.Assert(err, check.IsNil)
	again, _ := table.Open("a", create)
	b, _ := table.Open("b", create)
	c.Check(again, check.Equals, a)
	c.Check(b, check.Not(check.Equals), a)
	c.Check(a.ID(), check.Not(check.Equals), uint64(0))
	c.Check(table.Get(a.ID()), check.Equals, a)

	c.Check(table.Close(a.ID()), check.Equals, true)
	c.Check(released, check.Equals, 0)
	c.Check(table.Close(a.ID()), check.Equals, true)
	c.Check(released, check.Equals, 1)
	c.Check(table.Close(a.ID()), check.Equals, false)
	c.Check(table.Get(a.ID()), check.IsNil)
	c.Check(table.Get(b.ID()), check.Equals, b)

	renewed, _ := table.Open("a", create)
	c.Check(renewed.ID(), check.Not(check.Equals), a.ID(), check.Commentf("a number is never used again"))
}

func (s *InstanceSuite) TestAnInstanceThatCannotBeMadeIsNotKept(c *check.C) {
	var table host.Instances
	cause := errors.New("no such file")
	_, err := table.Open("a", func(uint64) (*host.Instance, error) { return nil, cause })
	c.Check(err, check.Equals, cause)
	i, err := table.Open("a", func(id uint64) (*host.Instance, error) { return host.NewInstance(host.InstanceConfig{ID: id}), nil })
	c.Check(err, check.IsNil)
	c.Check(table.Get(i.ID()), check.Equals, i)
}

func (s *InstanceSuite) TestManyThreadsOpenAndClose(c *check.C) {
	var table host.Instances
	var wg sync.WaitGroup
	for n := range 8 {
		wg.Go(func() {
			for i := range 200 {
				inst, _ := table.Open(fmt.Sprint((n+i)%3), func(id uint64) (*host.Instance, error) { return host.NewInstance(host.InstanceConfig{ID: id}), nil })
				if !table.Close(inst.ID()) {
					c.Error("an open instance was not in the table")
				}
			}
		})
	}
	wg.Wait()
}
