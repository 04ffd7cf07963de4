package redpoll

func decodeLibraries(d *reply, v *[]FunctionLibrary) error {
	return d.elements(func(n int) { *v = make([]FunctionLibrary, n) }, func(i int) error {
		v := &(*v)[i]
		return d.fill(&v.Extra, func(name string) any {
			switch name {
			case "library_name":
				return userInto{&v.Name}
			case "engine":
				return &v.Engine
			case "functions":
				return listInto(func(n int) { v.Functions = make([]Function, n) }, func(d *reply, i int) error {
					return decodeFunction(d, &v.Functions[i])
				})
			case "library_code":
				return userInto{&v.Code}
			}
			return nil
		})
	})
}

func decodeFunction(d *reply, v *Function) error {
	return d.fill(&v.Extra, func(name string) any {
		switch name {
		case "name":
			return userInto{&v.Name}
		case "description":
			return userInto{&v.Description}
		case "flags":
			return &v.Flags
		}
		return nil
	})
}

func decodeFunctionStats(d *reply, v *FunctionStats) error {
	return d.fill(&v.Extra, func(name string) any {
		switch name {
		case "running_script":
			return decodedInto(func(d *reply) error {
				v.Running = new(RunningFunction)
				return decodeRunning(d, v.Running)
			})
		case "engines":
			return decodedInto(func(d *reply) error {
				v.Engines = map[string]FunctionEngine{}
				return d.named(func(name string) error {
					var e FunctionEngine
					err := decodeEngine(d, &e)
					v.Engines[name] = e
					return err
				})
			})
		}
		return nil
	})
}

func decodeRunning(d *reply, v *RunningFunction) error {
	return d.fill(&v.Extra, func(name string) any {
		switch name {
		case "name":
			return userInto{&v.Name}
		case "command":
			return usersInto{&v.Command}
		case "duration_ms":
			return millisInto{&v.Duration}
		}
		return nil
	})
}

func decodeEngine(d *reply, v *FunctionEngine) error {
	return d.fill(&v.Extra, func(name string) any {
		switch name {
		case "libraries_count":
			return &v.Libraries
		case "functions_count":
			return &v.Functions
		}
		return nil
	})
}
