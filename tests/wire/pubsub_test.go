package wire_test

import "github.com/redpoll-go/redpoll"

// pubsubRows are the calls of methods for publishing and subscribing.
var pubsubRows = []row{
	{"Publish", func(p *redpoll.Pipeline) { p.Publish("c", 1) }, "PUBLISH c 1"},
	{"SPublish", func(p *redpoll.Pipeline) { p.SPublish("c", "m") }, "SPUBLISH c m"},
	{"PubSubChannels", func(p *redpoll.Pipeline) { p.PubSubChannels("*") }, "PUBSUB CHANNELS *"},
	{"PubSubNumSub", func(p *redpoll.Pipeline) { p.PubSubNumSub(keys...) }, "PUBSUB NUMSUB a b"},
	{"PubSubNumSub", func(p *redpoll.Pipeline) { p.PubSubNumSub() }, "PUBSUB NUMSUB"},
	{"PubSubNumPat", func(p *redpoll.Pipeline) { p.PubSubNumPat() }, "PUBSUB NUMPAT"},
	{"PubSubShardChannels", func(p *redpoll.Pipeline) {
		p.PubSubShardChannels("a*")
	}, "PUBSUB SHARDCHANNELS a*"},
	{"PubSubShardNumSub", func(p *redpoll.Pipeline) {
		p.PubSubShardNumSub(keys...)
	}, "PUBSUB SHARDNUMSUB a b"},
	{"PubSubHelp", func(p *redpoll.Pipeline) { p.PubSubHelp() }, "PUBSUB HELP"},
}
