package main

import (
	"os"
	"slices"
	"testing"
)

func TestFixtureCleansUpInReverse(t *testing.T) {
	t.Parallel()
	f, err := newFixture()
	if err != nil {
		t.Fatal(err)
	}
	var order []int
	f.Cleanup(func() { order = append(order, 1) })
	f.Cleanup(func() { order = append(order, 2) })
	if err := f.close(); err != nil || !slices.Equal(order, []int{2, 1}) {
		t.Errorf("clean-ups %v, error %v", order, err)
	}
	if _, err := os.Stat(f.TempDir()); !os.IsNotExist(err) {
		t.Errorf("the folder is still there: %v", err)
	}
}
