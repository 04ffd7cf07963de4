package redpoll

func decodeLibraries(d *reply, v *[]FunctionLibrary) error {
	n, err := listLen(d)
	list := make([]FunctionLibrary, n)
	for i := 0; i < n && err == nil; i++ {
		v := &list[i]
		err = fillNamed(d, &v.Extra, []slot{
			{"library_name", userInto{&v.Name}},
			{"engine", &v.Engine},
			{"functions", listInto(func(n int) { v.Functions = make([]Function, n) }, func(d *reply, i int) error {
				return decodeFunction(d, &v.Functions[i])
			})},
			{"library_code", userInto{&v.Code}},
		})
	}
	*v = list
	return err
}

func decodeFunction(d *reply, v *Function) error {
	return fillNamed(d, &v.Extra, []slot{
		{"name", userInto{&v.Name}},
		{"description", userInto{&v.Description}},
		{"flags", &v.Flags},
	})
}

func decodeFunctionStats(d *reply, v *FunctionStats) error {
	return fillNamed(d, &v.Extra, []slot{
		{"running_script", func(d *reply) error {
			v.Running = new(RunningFunction)
			return decodeRunning(d, v.Running)
		}},
		{"engines", func(d *reply) error {
			v.Engines = map[string]FunctionEngine{}
			return d.Named(func(name string) error {
				var e FunctionEngine
				err := decodeEngine(d, &e)
				v.Engines[name] = e
				return err
			})
		}},
	})
}

func decodeRunning(d *reply, v *RunningFunction) error {
	return fillNamed(d, &v.Extra, []slot{
		{"name", userInto{&v.Name}},
		{"command", usersInto{&v.Command}},
		{"duration_ms", &v.Duration},
	})
}

func decodeEngine(d *reply, v *FunctionEngine) error {
	return fillNamed(d, &v.Extra, []slot{
		{"libraries_count", &v.Libraries},
		{"functions_count", &v.Functions},
	})
}
