package redpoll

func decodeCommandInfos(d *reply, v *[]CommandInfo) error {
	n, err := listLen(d)
	list := make([]CommandInfo, n)
	for i := 0; i < n && err == nil; i++ {
		err = decodeCommandInfo(d, &list[i])
	}
	*v = list
	return err
}

func decodeNullCommandInfos(d *reply, v *[]Null[CommandInfo]) error {
	return eachElement(d, func(n int) { *v = make([]Null[CommandInfo], n) }, func(i int) error {
		if d.Null() {
			return nil
		}
		(*v)[i].Valid = true
		return decodeCommandInfo(d, &(*v)[i].V)
	})
}

func decodeCommandInfo(d *reply, v *CommandInfo) error {
	keys := listInto(func(n int) { v.Keys = make([]KeySpec, n) }, func(d *reply, i int) error { return decodeKeySpec(d, &v.Keys[i]) })
	subs := func(d *reply) error { return decodeCommandInfos(d, &v.Subcommands) }
	return fillList(d, 6, &v.Extra, &v.Name, &v.Arity, &v.Flags, &v.FirstKey, &v.LastKey, &v.Step, &v.Categories, &v.Tips, keys, subs)
}

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

func decodeKeyFlags(d *reply, v *[]KeyFlags) error {
	n, err := listLen(d)
	list := make([]KeyFlags, n)
	for i := 0; i < n && err == nil; i++ {
		v := &list[i]
		err = fillList(d, 2, new([]Value), userInto{&v.Key}, &v.Flags)
	}
	*v = list
	return err
}

func decodeCommandDocs(d *reply, v *map[string]CommandDoc) error {
	*v = map[string]CommandDoc{}
	return d.Named(func(name string) error {
		var doc CommandDoc
		err := decodeCommandDoc(d, &doc)
		(*v)[name] = doc
		return err
	})
}

func decodeCommandDoc(d *reply, v *CommandDoc) error {
	return fillNamed(d, &v.Extra, []slot{
		{"summary", &v.Summary}, {"since", &v.Since}, {"group", &v.Group}, {"complexity", &v.Complexity}, {"module", &v.Module},
		{"doc_flags", &v.Flags}, {"deprecated_since", &v.DeprecatedSince}, {"replaced_by", &v.ReplacedBy},
		{"history", listInto(func(n int) { v.History = make([]CommandChange, n) }, func(d *reply, i int) error {
			return fillList(d, 2, new([]Value), &v.History[i].Version, &v.History[i].Change)
		})},
		{"arguments", argumentsInto(&v.Arguments)},
		{"subcommands", func(d *reply) error { return decodeCommandDocs(d, &v.Subcommands) }},
	})
}

func decodeCommandArgument(d *reply, v *CommandArgument) error {
	return fillNamed(d, &v.Extra, []slot{
		{"name", &v.Name}, {"display_text", &v.DisplayText}, {"type", &v.Type}, {"token", &v.Token}, {"key_spec_index", &v.KeySpec},
		{"summary", &v.Summary}, {"since", &v.Since}, {"deprecated_since", &v.DeprecatedSince}, {"flags", &v.Flags},
		{"arguments", argumentsInto(&v.Arguments)},
	})
}

func argumentsInto(v *[]CommandArgument) func(d *reply) error {
	return listInto(func(n int) { *v = make([]CommandArgument, n) }, func(d *reply, i int) error {
		return decodeCommandArgument(d, &(*v)[i])
	})
}
