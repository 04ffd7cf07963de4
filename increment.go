package redpoll

// Increment is what IncrEx did.
type Increment struct {
	// Value is the number after the call.
	Value int64
	// Applied is what was added: 0 when a bound prevented it, less than asked for with [Saturate].
	Applied int64
}

// FloatIncrement is what IncrExFloat did.
type FloatIncrement struct {
	// Value is the number after the call.
	Value float64
	// Applied is what was added: 0 when a bound prevented it, less than asked for with [Saturate].
	Applied float64
}

func decodeIncrement(d *reply, v *Increment) (err error) {
	if err = d.ExpectLen(2, "a number and what was added"); err != nil {
		return err
	}
	if v.Value, err = d.Int(); err == nil {
		v.Applied, err = d.Int()
	}
	return err
}

func decodeFloatIncrement(d *reply, v *FloatIncrement) (err error) {
	if err = d.ExpectLen(2, "a number and what was added"); err != nil {
		return err
	}
	if v.Value, err = d.Float(); err == nil {
		v.Applied, err = d.Float()
	}
	return err
}
