package redpoll

// MoveOrder says how LMoveM puts several elements into the other list.
type MoveOrder uint8

// The orders of LMoveM.
const (
	// MoveBulk moves them at once, so that they keep their order.
	MoveBulk MoveOrder = iota
	// MoveOneByOne moves one after the other, as so many calls of LMove would.
	MoveOneByOne
)

var moveOrderWords = [...]string{MoveBulk: "BULK", MoveOneByOne: "OBO"}
