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
