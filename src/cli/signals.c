/* Signal handling. The token's address is the one variable of the program that a handler needs to find;
 * nothing else of the program's state is global. */
#include "signals.h"

#include "core/status.h"

#include <signal.h>
#include <stddef.h>

static struct vh_cancel *_Atomic target;

static void on_signal(int number)
{
    struct vh_cancel *cancel = target;
    (void)number;
    if (cancel)
        vh_cancel_set(cancel, VH_ERR_CANCELLED);
}

void vh_signals_install(struct vh_cancel *cancel)
{
    /* SA_RESETHAND: the second signal meets the default action and ends the process. */
    struct sigaction soft = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    target = cancel;
    sigemptyset(&soft.sa_mask);
    sigemptyset(&ignore.sa_mask);
    sigaction(SIGINT, &soft, NULL);
    sigaction(SIGTERM, &soft, NULL);
    sigaction(SIGPIPE, &ignore, NULL);
    sigaction(SIGXFSZ, &ignore, NULL);
}
