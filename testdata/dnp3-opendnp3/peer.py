"""Both ends of the DNP3 sessions, over `tcp` or `udp`: `peer.py outstation TRANSPORT`, `peer.py master TRANSPORT`. It needs yadnp3 3,
which is opendnp3 with an interface for Python."""

import sys
import time

import opendnp3 as o

MASTER, OUTSTATION, PORT = "10.29.0.2", "10.29.0.1", 20000


class Quiet(o.IChannelListener):
    def OnStateChange(self, state):
        pass


class Values(o.ISOEHandler):
    def BeginFragment(self, info):
        pass

    def EndFragment(self, info):
        pass


class Master(o.IMasterApplication):
    pass


class Station(o.IOutstationApplication):
    def ColdRestartSupport(self):
        return o.RestartMode.SUPPORTED_DELAY_FINE

    def ColdRestart(self):
        return 100


class Commands(o.ICommandHandler):
    def Begin(self):
        pass

    def End(self):
        pass

    def Select(self, *_):
        return o.CommandStatus.SUCCESS

    def Operate(self, *_):
        return o.CommandStatus.SUCCESS


def channel(manager, transport, me, other, is_server):
    levels, retry = o.LogLevels.none(), o.ChannelRetry.Default()
    if transport == "udp":
        return manager.AddUDPChannel("c", levels, retry, o.IPEndpoint(me, PORT), o.IPEndpoint(other, PORT), Quiet())
    if is_server:
        return manager.AddTCPServer("c", levels, o.ServerAcceptMode.CloseExisting, o.IPEndpoint(me, PORT), Quiet())
    return manager.AddTCPClient("c", levels, retry, [o.IPEndpoint(other, PORT)], me, Quiet())


def outstation(transport):
    manager = o.DNP3Manager(1)
    config = o.OutstationStackConfig(o.DatabaseConfig(120))
    config.outstation.eventBufferConfig = o.EventBufferConfig.AllTypes(50)
    config.outstation.params.allowUnsolicited = transport == "tcp"
    config.link.LocalAddr, config.link.RemoteAddr = 10, 1
    config.link.KeepAliveTimeout = o.TimeDuration.Seconds(3)
    station = channel(manager, transport, OUTSTATION, MASTER, True).AddOutstation("o", Commands(), Station(), config)
    station.Enable()
    for n in range(60):
        time.sleep(0.5)
        change = o.UpdateBuilder()
        change.Update(o.Analog(n * 1.5), n % 3)
        change.Update(o.Binary(n % 2 == 0), n % 4)
        change.Update(o.Counter(n), 0)
        station.Apply(change.Build())


def master(transport):
    manager = o.DNP3Manager(1)
    config = o.MasterStackConfig()
    config.master.responseTimeout = o.TimeDuration.Seconds(1)
    config.link.LocalAddr, config.link.RemoteAddr = 1, 10
    config.link.KeepAliveTimeout = o.TimeDuration.Seconds(2)
    m = channel(manager, transport, MASTER, OUTSTATION, False).AddMaster("m", Values(), Master(), config)
    m.Enable()
    time.sleep(1.5)

    def told(*_):
        pass

    block = o.ControlRelayOutputBlock(o.OperationType.LATCH_ON)
    for step in [
        lambda: m.ScanClasses(o.ClassField.AllClasses(), Values()),
        lambda: m.ScanRange(o.GroupVariationID(30, 1), 0, 5, Values()),
        lambda: m.ScanAllObjects(o.GroupVariationID(110, 0), Values()),
        lambda: m.SelectAndOperate(block, 1, told),
        lambda: m.DirectOperate(block, 2, told),
        lambda: m.PerformFunction("record time", o.FunctionCode.RECORD_CURRENT_TIME, []),
        lambda: m.PerformFunction("delay", o.FunctionCode.DELAY_MEASURE, []),
        lambda: m.PerformFunction("freeze", o.FunctionCode.IMMED_FREEZE, [o.Header.AllObjects(20, 0)]),
        lambda: m.PerformFunction("classes", o.FunctionCode.ASSIGN_CLASS, [o.Header.AllObjects(60, 2), o.Header.AllObjects(30, 0)]),
        lambda: m.ReadFile("/etc/motd", told),
        lambda: m.Restart(o.RestartType.COLD, told),
        lambda: m.CheckLinkStatus(told),
    ]:
        try:
            step()
        except Exception as why:
            print(why)
        time.sleep(0.4)
    time.sleep(4)
    manager.Shutdown()


if __name__ == "__main__":
    {"outstation": outstation, "master": master}[sys.argv[1]](sys.argv[2])
