package structs

import (
	"reflect"
	"strings"

	"github.com/redpoll-go/redpoll/internal/decode"
)

// Each reads the elements of the list, the map by names, the pointer or the Null that p points to: read
// takes each element, given by a pointer. For everything else many is false, and nothing is read.
func Each(d *decode.Reply, p any, read func(d *decode.Reply, p any) error) (many bool, err error) {
	v := reflect.ValueOf(p).Elem()
	switch v.Kind() {
	case reflect.Struct:
		if !strings.HasPrefix(v.Type().Name(), "Null[") {
			return false, nil
		}
		if d.Null() {
			return true, nil
		}
		v.FieldByName("Valid").SetBool(true)
		return true, read(d, v.FieldByName("V").Addr().Interface())
	case reflect.Slice:
		n, err := d.Len()
		list := reflect.MakeSlice(v.Type(), n, n)
		for i := 0; i < n && err == nil; i++ {
			err = read(d, list.Index(i).Addr().Interface())
		}
		if err == nil {
			v.Set(list)
		}
		return true, err
	case reflect.Map:
		m := reflect.MakeMap(v.Type())
		err := d.Named(func(name string) error {
			one := reflect.New(v.Type().Elem())
			err := read(d, one.Interface())
			m.SetMapIndex(reflect.ValueOf(name), one.Elem())
			return err
		})
		if err == nil {
			v.Set(m)
		}
		return true, err
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return true, read(d, v.Interface())
	}
	return false, nil
}

// Value returns the variable that slot points to.
func Value(slot any) any { return reflect.ValueOf(slot).Elem().Interface() }

// Clear sets the variable that slot points to to its zero value.
func Clear(slot any) { reflect.ValueOf(slot).Elem().SetZero() }

// Elements copies as many elements of a slice of any type as list has room for, and returns the length of the
// slice.
func Elements(list []any, slice any) int {
	given := reflect.ValueOf(slice)
	for i := range min(given.Len(), len(list)) {
		list[i] = given.Index(i).Interface()
	}
	return given.Len()
}
