package testkit

// Multiply is a script: the value of its key, times its argument.
const Multiply = "local v = redis.call('GET', KEYS[1]) return v * ARGV[1]"

// Library is a library with the functions get, which only reads, and set.
const Library = "#!lua name=lib\n" +
	"local function get(keys, args) return redis.call('GET', keys[1]) .. args[1] end\n" +
	"redis.register_function{function_name='get', callback=get, flags={'no-writes'}, description='reads'}\n" +
	"redis.register_function('set', function(keys, args) return redis.call('SET', keys[1], args[1]) end)\n"
