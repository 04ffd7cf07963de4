package redpoll

func decodeKeySpec(d *reply, v *KeySpec) error {
	// The two steps of the search are records of a type and what belongs to that.
	step := func(typ *string) func(d *reply) error {
		return func(d *reply) error {
			return fillNamed(d, &v.Extra, []slot{
				{"type", typ},
				{"spec", func(d *reply) error { return decodeKeySearch(d, v) }},
			})
		}
	}
	return fillNamed(d, &v.Extra, []slot{
		{"notes", &v.Notes},
		{"flags", &v.Flags},
		{"begin_search", step(&v.Begin)},
		{"find_keys", step(&v.Find)},
	})
}

func decodeKeySearch(d *reply, v *KeySpec) error {
	return fillNamed(d, &v.Extra, []slot{
		{"index", &v.Index}, {"keyword", &v.Keyword}, {"startfrom", &v.StartFrom},
		{"lastkey", &v.LastKey}, {"keystep", &v.KeyStep}, {"limit", &v.Limit}, {"keynumidx", &v.KeyNumIndex}, {"firstkey", &v.FirstKey},
	})
}
