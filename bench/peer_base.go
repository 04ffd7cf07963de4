package main

// basePeers has the row of an older version of redpoll in a program from buildWithBase: there another file
// replaces this one.
var basePeers []peer
