// Sends a reply to a peer with its pace and its faults.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "apps/sim/journal.h"
#include "apps/sim/peer.h"
#include "apps/sim/reply.h"
#include "libs/base/clock.h"

namespace portcullis::sim {

// Returns how the call ended. After kCut the connection is closed; after kCancelled the peer is gone.
boost::asio::awaitable<CallEnd> Deliver(Peer& peer, const Reply& reply, bool keep_alive, bool chunked,
                                        const base::Clock& clock);

}  // namespace portcullis::sim
