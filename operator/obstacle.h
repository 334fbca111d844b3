// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/error.h"
#include "libs/kube/controller.h"

#include <string>

namespace culvert::control {

/// Whether what the API server refused does not pass by trying again: a person must change
/// something first. A namespace that is going is none: it goes, and all with it.
bool IsObstacle(const Error& error);

/// The one word for people of an obstacle, the reason of its condition.
std::string ObstacleReason(const Error& error);

/// When to look again after an error that is no obstacle.
kube::Outcome OutcomeOf(Error error);

}  // namespace culvert::control
