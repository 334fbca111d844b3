// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "emulator/catalog.h"
#include "emulator/durable_store.h"
#include "emulator/event_log.h"
#include "emulator/instance_results.h"
#include "emulator/projects.h"
#include "emulator/router.h"
#include "emulator/service_error.h"
#include "libs/base/clock.h"
#include "libs/base/log.h"
#include "libs/base/metrics.h"

#include <memory>
#include <string>

namespace culvert::emulator {

/// What every handler may use. Everything outlives the routes. The frontend has already checked
/// the signature and that `{project}` exists before a handler runs.
///
/// A room registers its routes by one function, `void RegisterRestRoutes(Router&, Services&)`, and
/// puts what it owns where the others look for it (`instances`).
struct Services {
  Catalog& catalog;
  SegmentStore& segments;
  ProjectRegistry& projects;
  DurableStore& durable;
  Clock& clock;  // the injected one: sessions, signatures and stamps all follow it
  Logger& log;
  MetricsRegistry& metrics;
  EventLog& events;
  /// `host:port` that `?service` answers, set once the listener is open.
  std::string address;
  /// Set by the SQL side; the instance tunnel answers NoSuchInstance without it.
  std::unique_ptr<InstanceResults> instances;
};

/// Wall time of `clock` in whole seconds since 1970.
std::int64_t NowSeconds(const Clock& clock);

}  // namespace culvert::emulator
