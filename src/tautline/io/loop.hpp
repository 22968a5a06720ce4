// SPDX-License-Identifier: MIT
#pragma once

// The shared parts of one io_context: see the task text of the io helper.
