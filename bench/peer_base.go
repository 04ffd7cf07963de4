package main

// basePeers has the row of an older version of redpoll in a program that buildWithBase has made: another file stands in
// the place of this one there.
var basePeers []peer
